"""``chainrule predict`` for runs of the task `seq2seq`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

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
@click.option(
    "--beam-width",
    type=click.IntRange(min=1),
    metavar="N",
    help="Answers followed at a time; the run's own setting by default.",
)
@click.option(
    "--with",
    "others",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Another run on the same data that answers together with it; may be given again.",
)
@click.option("--prefix", default="", metavar="TEXT", help="What every answer begins with.")
@click.option(
    "--among",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The only answers that may be given, one a line.",
)
@click.option("--sample", "draws", is_flag=True, help="Draw the answers by their probabilities.")
@click.option(
    "--temperature",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="X",
    help="Of what is drawn from: below 1 safer, above 1 more varied.",
)
@click.option("--top-k", type=click.IntRange(min=1), metavar="K", help="Draw from the likeliest K symbols.")
@click.option(
    "--top-p",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="P",
    help="Draw from the likeliest symbols that together have this probability.",
)
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
    for number, _, unknown in predictor.unknown(texts):
        symbols = " or ".join(predictor.source_tokenizer.join([symbol]) for symbol in unknown)
        click.echo(f"{unit} {number}: the model never saw {symbols}, and reads <unk>", err=True)
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
