"""``chainrule predict`` for runs of the task `classify`."""

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
@click.option("--n-best", type=click.IntRange(min=1), default=1, show_default=True, metavar="K", help="Labels a text.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a text.")
def predict(run_folder: Path, texts: tuple[str, ...], input_file: Path | None, n_best: int, as_json: bool) -> None:
    """Label texts.

    Each text gives one line: the text, and the likeliest labels with their probabilities, separated by tabs.

    \b
    Examples:
      chainrule predict runs/reviews "a film to remember" "two hours that I will never get back"
      chainrule predict runs/reviews --input reviews.txt --json
    """
    from chainrule.data.tables import read_texts
    from chainrule.tasks.finetuning.text_classifier import TextPredictor
    from chainrule.training.run import RunFolder

    if texts and input_file is not None:
        raise click.UsageError("give either TEXTS or --input, not both")
    given = list(texts) or read_texts(input_file or sys.stdin.buffer)
    for text, found in zip(given, TextPredictor.open(RunFolder.open(run_folder)).predict(given, n_best), strict=True):
        if as_json:
            labels = [{"label": label, "probability": chance} for label, chance in found]
            click.echo(json.dumps({"input": text, "labels": labels}, ensure_ascii=False))
        else:
            click.echo("\t".join([text, *(f"{label} {chance:.3f}" for label, chance in found)]))
