"""``chainrule evaluate`` for runs of the task `seq2seq`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from chainrule.metrics import ErrorRates

__all__ = ["evaluate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option(
    "--beam-width",
    type=click.IntRange(min=1),
    metavar="N",
    help="Answers followed at a time, 1 is greedy; the run's own setting by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def evaluate(run_folder: Path, split: str, beam_width: int | None, as_json: bool) -> None:
    """Score a trained model on a part of its data.

    A word is right if the answer equals any of its references; its phoneme errors are the insertions, deletions
    and substitutions against the closest one. Intervals are at 95 %, by bootstrap over words.

    \b
    Examples:
      chainrule evaluate runs/say
      chainrule evaluate runs/say --split dev --beam-width 1
      chainrule evaluate runs/say --json
    """
    from chainrule.tasks.seq2seq import Predictor, load_run_data, score_pairs, symbol_name
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    predictor = Predictor.open(run, beam_width)
    pairs = load_run_data(run).split(split)
    source, target = predictor.source_tokenizer, predictor.target_tokenizer
    rates = score_pairs(predictor.model, pairs, source, target, predictor.search)
    if as_json:
        click.echo(json.dumps({"split": split} | _record(rates, symbol_name(target))))
        return
    click.echo(f"{split}: {rates.sequences:,} words")
    for line in _lines(rates, symbol_name(target)):
        click.echo(line)


def _lines(rates: ErrorRates, symbol: str) -> list[str]:
    rows = [
        ("word", rates.sequence_error_rate, rates.sequence_interval, rates.sequence_errors, rates.sequences),
        (symbol, rates.symbol_error_rate, rates.symbol_interval, rates.symbol_errors, rates.symbols),
    ]
    lines = []
    for name, rate, interval, errors, total in rows:
        low, high = interval or (rate, rate)
        lines.append(
            f"{name} error rate: {100 * rate:.2f} %  (95 % interval {100 * low:.2f} to {100 * high:.2f}; "
            f"{errors:,} errors in {total:,} {name}s)"
        )
    return lines


def _record(rates: ErrorRates, symbol: str) -> dict[str, Any]:
    return {
        "word_error_rate": rates.sequence_error_rate,
        "word_error_rate_interval": rates.sequence_interval,
        "word_errors": rates.sequence_errors,
        "words": rates.sequences,
        f"{symbol}_error_rate": rates.symbol_error_rate,
        f"{symbol}_error_rate_interval": rates.symbol_interval,
        f"{symbol}_errors": rates.symbol_errors,
        f"{symbol}s": rates.symbols,
    }
