"""``chainrule evaluate`` for runs of the task `classify`."""

from __future__ import annotations

import json
from pathlib import Path

import click

__all__ = ["evaluate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def evaluate(run_folder: Path, split: str, as_json: bool) -> None:
    """Score a classifier of texts on a part of its data: the share of right labels, with a 95 % interval by bootstrap,
    beside what always naming the commonest label would give.

    \b
    Examples:
      chainrule evaluate runs/categories
      chainrule evaluate runs/categories --split dev --json
    """
    from chainrule.tasks.finetuning.classify import CLASSIFY
    from chainrule.tasks.finetuning.text_classifier import TextPredictor
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    found = TextPredictor.open(run).score(CLASSIFY.load_run_data(run).split(split))
    if as_json:
        click.echo(json.dumps({"split": split} | found.record()))
        return
    low, high = found.interval
    click.echo(f"{split}: {found.texts:,} texts")
    click.echo(f"accuracy: {100 * found.accuracy:.2f} %  (95 % interval {100 * low:.2f} to {100 * high:.2f})")
    click.echo(f"the commonest label alone: {100 * found.commonest:.2f} %")
    click.echo(f"macro F1: {100 * found.macro_f1:.2f} %; loss: {found.loss:.4f} nats a text")
