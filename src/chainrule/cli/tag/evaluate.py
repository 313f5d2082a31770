"""``chainrule evaluate`` for runs of the task `tag`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chainrule.metrics.tagging import Retrieval

__all__ = ["evaluate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option(
    "--rows",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="Tags to list at most.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object, with all tags.")
def evaluate(run_folder: Path, split: str, rows: int, as_json: bool) -> None:
    """Score a tagger on a part of its data: the share of words with the right tag, with a 95 % interval by bootstrap
    over sentences, beside what giving each word its commonest tag of the training data would reach; and precision,
    recall and F1 of each tag.

    Where tags mark spans (B-person, I-person, O), these count for spans too: one is right if its kind and both of its
    ends are.

    \b
    Examples:
      chainrule evaluate runs/speech
      chainrule evaluate runs/names --split dev --json
    """
    import numpy as np

    from chainrule.tasks.finetuning.tag import TAG, flat_tags
    from chainrule.tasks.finetuning.tagger import Tagger, commonest_tags
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    data = TAG.load_run_data(run)
    sentences = data.split(split)
    found = Tagger.open(run).score(sentences)
    usual = commonest_tags(TAG.learned_from(data, TAG.read_settings(run)), sentences)
    baseline = float(np.mean(usual == flat_tags(sentences)))
    if as_json:
        click.echo(json.dumps({"split": split} | found.record() | {"commonest": baseline}, ensure_ascii=False))
        return
    low, high = found.interval
    click.echo(f"{split}: {found.sentences:,} sentences, {found.words:,} words")
    click.echo(f"accuracy: {100 * found.accuracy:.2f} %  (95 % interval {100 * low:.2f} to {100 * high:.2f})")
    click.echo(f"the commonest tag of each word alone: {100 * baseline:.2f} %")
    click.echo(f"loss: {found.loss:.4f} nats a word")
    if found.spans:
        whole = found.all_spans
        click.echo(f"spans: F1 {100 * whole.f1:.2f} %, {whole.right:,} right of {whole.found:,}, {whole.there:,} there")
        _show("span", found.spans)
    _show("tag", dict(list(found.tags.items())[:rows]))


def _show(what: str, kinds: dict[str, Retrieval]) -> None:
    """A table of what was found of each kind."""
    if kinds:
        width = max(len(what), *map(len, kinds))
        click.echo(f"{what:<{width}}   count  precision  recall      F1")
    for kind, found in kinds.items():
        shares = f"{100 * found.precision:>9.2f} {100 * found.recall:>7.2f} {100 * found.f1:>7.2f}"
        click.echo(f"{kind:<{width}} {found.there:>7,}  {shares}")
