"""``chainrule translate`` for runs of the task `seq2seq`."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from chainrule.cli.seq2seq.inputs import warnings_of
from chainrule.cli.seq2seq.options import beam_width_option, with_option

if TYPE_CHECKING:
    from chainrule.tasks.seq2seq import Answer

__all__ = ["translate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.File("rb"))
@beam_width_option
@with_option
@click.option(
    "--n-best",
    type=click.IntRange(min=1),
    metavar="K",
    help="Write the K best translations of a line, each with the line's number, rank and log-probability.",
)
def translate(
    run_folder: Path, files: tuple[BinaryIO, ...], beam_width: int | None, others: tuple[Path, ...], n_best: int | None
) -> None:
    """Translate text line by line.

    The text is that of the FILES, one after the other, or standard input. There is one line out for each line in, in
    order, written as soon as it can be, so that a program at the other end of a pipe can write, wait and read. Empty
    lines stay empty. A line that is longer than any in the training data is cut into sentences, and these, where need
    be, at commas or spaces. With --n-best a translation has a line of its own: the number of the line it translates,
    the translation, its rank and its natural log-probability, separated by tabs.

    \b
    Examples:
      chainrule translate runs/de-en < input.txt > output.txt
      chainrule translate runs/de-en one.txt two.txt --beam-width 8
      chainrule translate runs/de-en --n-best 3 < input.txt
    """
    from tqdm import tqdm

    from chainrule.data.tables import arriving_lines
    from chainrule.tasks.seq2seq import Predictor
    from chainrule.tasks.seq2seq.translator import LineTranslator

    predictor = Predictor.open_all([run_folder, *others], beam_width)
    translator = LineTranslator(predictor)
    hidden = not sys.stderr.isatty() or sys.stdout.isatty()  # on one terminal the text itself is the progress
    numbers = itertools.count(1)
    with tqdm(unit="line", disable=hidden) as bar:
        for stream in files or (sys.stdin.buffer,):
            unit = f"{stream.name}, line" if len(files) > 1 else "line"
            for first, lines in arriving_lines(stream):
                for number, warning in warnings_of(predictor, lines, first):
                    click.echo(f"{unit} {number}: {warning}", err=True)
                for answers in translator.translate(lines, n_best or 1, unit=unit, first=first):
                    for line in _lines(next(numbers), answers, n_best is not None):
                        click.echo(line)
                bar.update(len(lines))


def _lines(number: int, answers: list[Answer], ranked: bool) -> Iterator[str]:
    for rank, answer in enumerate(answers, start=1):
        yield f"{number}\t{answer.text}\t{rank}\t{answer.log_probability:.4f}" if ranked else answer.text
