"""``chainrule evaluate`` for runs of the task `contrastive`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

__all__ = ["evaluate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def evaluate(run_folder: Path, split: str, as_json: bool) -> None:
    """Score a contrastive model on a part of its data: how often two views of an image find each other.

    The views are the same every time; each is looked for among those of a batch.

    \b
    Examples:
      chainrule evaluate runs/eyes
      chainrule evaluate runs/eyes --split dev --json
    """
    from chainrule.tasks.image.predictor import read_description
    from chainrule.tasks.pretraining.contrastive import CONTRASTIVE, measure
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    model, images = CONTRASTIVE.load_model(run), CONTRASTIVE.load_run_data(run).split(split)
    found = measure(model, images, CONTRASTIVE.read_settings(run), read_description(run))
    if as_json:
        click.echo(json.dumps({"split": split} | dataclasses.asdict(found)))
        return
    click.echo(f"{split}: {found.images:,} images, two views of each")
    click.echo(f"found their other view: {100 * (1 - found.error_rate):.2f} %; loss: {found.loss:.4f} nats a view")
