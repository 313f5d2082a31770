"""``chainrule evaluate`` for runs of the task `masked`."""

from __future__ import annotations

import dataclasses
import json
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
    """Score a masked language model on a part of its data: how well it guesses hidden symbols, the same every time.

    \b
    Examples:
      chainrule evaluate runs/base
      chainrule evaluate runs/base --split dev --json
    """
    from chainrule.tasks.pretraining.masked import Masking, encode, guess, load_model, read_settings
    from chainrule.tasks.pretraining.text import load_run_data
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    model, tokenizer = load_model(run)
    settings, data = read_settings(run), load_run_data(run)
    split = split or ("test" if data.splits["test"] else "dev")
    texts = encode(run, data.split(split), settings, tokenizer)
    found = guess(model, texts.once(), Masking(settings, tokenizer))
    if as_json:
        click.echo(json.dumps({"split": split} | dataclasses.asdict(found)))
        return
    click.echo(f"{split}: {found.symbols:,} symbols hidden")
    click.echo(f"guessed right: {100 * (1 - found.error_rate):.2f} %; loss: {found.loss:.4f} nats a symbol")
