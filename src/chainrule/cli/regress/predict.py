"""``chainrule predict`` for runs of the task `regress`."""

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
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a text.")
def predict(run_folder: Path, texts: tuple[str, ...], input_file: Path | None, as_json: bool) -> None:
    """Estimate the number of each text.

    Each text gives one line: the text and the number, with a tab between them.

    \b
    Examples:
      chainrule predict runs/ratings "a film to remember" "two hours that I will never get back"
      chainrule predict runs/ratings --input reviews.txt --json
    """
    from chainrule.data.tables import read_texts
    from chainrule.tasks.finetuning.text_regressor import NumberPredictor
    from chainrule.training.run import RunFolder

    if texts and input_file is not None:
        raise click.UsageError("give either TEXTS or --input, not both")
    given = list(texts) or read_texts(input_file or sys.stdin.buffer)
    for text, number in zip(given, NumberPredictor.open(RunFolder.open(run_folder)).predict(given), strict=True):
        if as_json:
            click.echo(json.dumps({"input": text, "number": float(number)}, ensure_ascii=False))
        else:
            click.echo(f"{text}\t{number:.4g}")
