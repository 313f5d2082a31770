"""``chainrule predict`` for runs of the task `seq2seq`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chainrule.cli.seq2seq.inputs import warnings_of
from chainrule.cli.seq2seq.options import beam_width_option, sampling_options, with_option

if TYPE_CHECKING:
    from chainrule.tasks.seq2seq import Answer, Predictor

__all__ = ["predict"]

_MOST_PICTURES = 50
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
@beam_width_option
@with_option
@click.option("--prefix", default="", metavar="TEXT", help="What every answer begins with.")
@click.option(
    "--among",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The only answers that may be given, one a line.",
)
@click.option("--sample", "draws", is_flag=True, help="Draw the answers by their probabilities.")
@sampling_options(temperature=1.0, top_p=None)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Of the draws.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object an input.")
@click.option(
    "--attention",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a page, too, with a picture of where each best answer looked.",
)
def predict(
    run_folder: Path,
    words: tuple[str, ...],
    input_file: Path | None,
    n_best: int | None,
    beam_width: int | None,
    others: tuple[Path, ...],
    prefix: str,
    among: Path | None,
    draws: bool,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
    seed: int,
    as_json: bool,
    page: Path | None,
) -> None:
    """Answer inputs with a trained model.

    Inputs are the WORDS, or the lines of --input FILE, or those of standard input. Only the run's folder is
    needed, not the data it was trained on.

    Each input gives one line: the input, a tab, the answer. With --n-best each answer has a line, and rank and
    natural log-probability follow, separated by tabs. With --sample the answers are drawn, K of them with --n-best;
    the same seed draws the same ones.

    \b
    Examples:
      chainrule predict runs/say chainrule backpropagation
      chainrule predict runs/say --input words.txt > spoken.tsv
      echo chainrule | chainrule predict runs/say --n-best 3
      chainrule predict runs/say chainrule --json
      chainrule predict runs/say chainrule --with runs/again
      chainrule predict runs/say chainrule --attention looks.html
      chainrule predict runs/say chainrule --prefix "CH EY N"
      chainrule predict runs/talk "How are you?" --sample --top-p 0.9 --n-best 3
    """
    from chainrule.data.tables import read_texts
    from chainrule.random import Generator
    from chainrule.tasks.seq2seq import Predictor
    from chainrule.tasks.seq2seq.search import Sampling

    if words and input_file is not None:
        raise click.UsageError("give either WORDS or --input, not both")
    if draws and (prefix or among is not None):
        raise click.UsageError("--prefix and --among are for a search, not for --sample")
    if page is not None and (draws or others or prefix or among is not None):
        raise click.UsageError(
            "--attention shows the best answer of one run: leave out --sample, --with, --prefix and --among"
        )
    predictor = Predictor.open_all([run_folder, *others], beam_width)
    texts = list(words) or read_texts(input_file or sys.stdin.buffer)
    unit = "input" if words else "line"
    predictor.check(texts, unit)
    for number, warning in warnings_of(predictor, texts):
        click.echo(f"{unit} {number}: {warning}", err=True)
    allowed = None if among is None else read_texts(among)
    generator, sampling = Generator(seed), Sampling(temperature, top_k, top_p)
    for start in range(0, len(texts), _CHUNK):
        chunk, count = texts[start : start + _CHUNK], n_best or 1
        if draws:
            found = predictor.sample(chunk, generator, sampling, count)
        else:
            found = predictor.predict(chunk, count, prefix=prefix, among=allowed)
        for text, answers in zip(chunk, found, strict=True):
            lines = _json_line(text, answers) if as_json else _lines(text, answers, n_best is not None)
            for line in lines:
                click.echo(line)
    if page is not None:
        _draw_attention(predictor, texts, page)


def _draw_attention(predictor: Predictor, texts: list[str], page: Path) -> None:
    from chainrule.inspect.attention import align
    from chainrule.inspect.attention_page import write

    if len(texts) > _MOST_PICTURES:
        click.echo(f"{page} shows the first {_MOST_PICTURES} of {len(texts):,} inputs", err=True)
    write([align(predictor, text) for text in texts[:_MOST_PICTURES]], page)
    click.echo(f"Wrote {page}; open it in a browser.", err=True)


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
