"""``chainrule evaluate`` for runs of the task `causal`."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click

__all__ = ["evaluate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--split",
    type=click.Choice(["train", "dev", "test"]),
    help="Part of the data to score on; by default test where there is one, else dev.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def evaluate(run_folder: Path, split: str | None, as_json: bool) -> None:
    """Score a language model on a part of its data: the mean cross-entropy of a symbol, and the perplexity.

    A symbol is guessed from what stands before it in the same text or piece, at most as many symbols as the context
    of the model; the end of a text counts as a symbol.

    \b
    Examples:
      chainrule evaluate runs/gpt
      chainrule evaluate runs/gpt --split dev --json
    """
    from chainrule.tasks.finetuning.writer import Writer
    from chainrule.tasks.pretraining.text import load_run_data
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    writer = Writer.open(run)
    data = load_run_data(run)
    split = split or ("test" if data.splits["test"] else "dev")
    loss, count = writer.mean_loss(data.split(split))
    if as_json:
        record = {"split": split, "loss": loss, "bits": loss / math.log(2), "perplexity": math.exp(loss)}
        click.echo(json.dumps(record | {"symbols": count}))
        return
    click.echo(f"{split}: {count:,} symbols")
    click.echo(f"loss: {loss:.4f} nats a symbol ({loss / math.log(2):.4f} bits); perplexity {math.exp(loss):.3f}")
