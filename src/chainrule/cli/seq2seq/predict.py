"""``chainrule predict`` for runs of the task `seq2seq`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chainrule.tasks.seq2seq import Answer

__all__ = ["predict"]

_CHUNK = 10_000  # inputs answered at a time, so that output begins early and memory stays small


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("words", nargs=-1)
@click.option("--input", "input_file", type=click.Path(path_type=Path), metavar="FILE", help="Inputs, one a line.")
@click.option(
    "--n-best",
    type=click.IntRange(min=1),
    metavar="K",
    help="Write the K best answers an input, each with rank and log-probability.",
)
@click.option(
    "--beam-width",
    type=click.IntRange(min=1),
    metavar="N",
    help="Answers followed at a time; the run's own setting by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object an input.")
def predict(
    run_folder: Path,
    words: tuple[str, ...],
    input_file: Path | None,
    n_best: int | None,
    beam_width: int | None,
    as_json: bool,
) -> None:
    """Answer inputs with a trained model.

    Inputs are the WORDS, or the lines of --input FILE, or those of standard input. Only the run's folder is
    needed, not the data it was trained on.

    Each input gives one line: the input, a tab, the answer. With --n-best each
    answer has a line, and rank and natural log-probability follow, separated by tabs.

    \b
    Examples:
      chainrule predict runs/say chainrule backpropagation
      chainrule predict runs/say --input words.txt > spoken.tsv
      echo chainrule | chainrule predict runs/say --n-best 3
      chainrule predict runs/say chainrule --json
    """
    from chainrule.data.tables import read_texts
    from chainrule.tasks.seq2seq import Predictor
    from chainrule.training.run import RunFolder

    if words and input_file is not None:
        raise click.UsageError("give either WORDS or --input, not both")
    predictor = Predictor.open(RunFolder.open(run_folder), beam_width)
    texts = list(words) or read_texts(input_file or sys.stdin.buffer)
    predictor.check(texts)
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        for text, answers in zip(chunk, predictor.predict(chunk, n_best or 1), strict=True):
            lines = _json_line(text, answers) if as_json else _lines(text, answers, n_best is not None)
            for line in lines:
                click.echo(line)


def _lines(text: str, answers: list[Answer], ranked: bool) -> Iterator[str]:
    for rank, answer in enumerate(answers, start=1):
        line = f"{text}\t{answer.text}"
        yield f"{line}\t{rank}\t{answer.log_probability:.4f}" if ranked else line


def _json_line(text: str, answers: list[Answer]) -> Iterator[str]:
    entries = [
        {
            "rank": rank,
            "output": answer.text,
            "symbols": list(answer.symbols),
            "log_probability": answer.log_probability,
        }
        for rank, answer in enumerate(answers, start=1)
    ]
    yield json.dumps({"input": text, "answers": entries}, ensure_ascii=False)
