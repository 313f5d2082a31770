"""``chainrule predict`` for runs of the task `masked`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

__all__ = ["predict"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1)
@click.option("--input", "input_file", type=click.Path(path_type=Path), metavar="FILE", help="Texts, one a line.")
@click.option("--n-best", type=click.IntRange(min=1), default=3, show_default=True, metavar="K", help="Guesses a mask.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a text.")
def predict(run_folder: Path, texts: tuple[str, ...], input_file: Path | None, n_best: int, as_json: bool) -> None:
    """Guess what stands where a text says <mask>.

    Each mask gives one line: the text, which mask, and the best guesses with their probabilities, separated by tabs.

    \b
    Examples:
      chainrule predict runs/base "the cat sat on the<mask>"
      chainrule predict runs/letters "back<mask>ropagation" --n-best 5
    """
    from chainrule.data.tables import read_texts
    from chainrule.tasks.pretraining.masked_guesses import guess_masks
    from chainrule.training.run import RunFolder

    if texts and input_file is not None:
        raise click.UsageError("give either TEXTS or --input, not both")
    given = list(texts) or read_texts(input_file or sys.stdin.buffer)
    for text, masks in zip(given, guess_masks(RunFolder.open(run_folder), given, n_best), strict=True):
        if as_json:
            found = [[{"symbol": symbol, "probability": chance} for symbol, chance in guesses] for guesses in masks]
            click.echo(json.dumps({"input": text, "masks": found}, ensure_ascii=False))
            continue
        for number, guesses in enumerate(masks, start=1):
            shown = "\t".join(f"{symbol} {chance:.3f}" for symbol, chance in guesses)
            click.echo(f"{text}\t{number}\t{shown}")
