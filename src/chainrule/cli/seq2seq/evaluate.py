"""``chainrule evaluate`` for runs of the task `seq2seq`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.seq2seq.options import beam_width_option, with_option

if TYPE_CHECKING:
    from chainrule.data.pairs import Pairs
    from chainrule.metrics import Measurement
    from chainrule.tasks.seq2seq import Predictor

__all__ = ["evaluate"]

_SHOWN = 60  # characters of the commonest reply


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--split",
    type=click.Choice(["train", "dev", "test", "longer"]),
    default="test",
    show_default=True,
    help="Longer: what toy tasks keep apart, inputs longer than any in training.",
)
@beam_width_option
@with_option
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def evaluate(run_folder: Path, split: str, beam_width: int | None, others: tuple[Path, ...], as_json: bool) -> None:
    """Score a trained model on a part of its data.

    A word is right if the answer equals any of its references; its phoneme errors are the insertions, deletions
    and substitutions against the closest one. Translations are scored by BLEU, chrF and TER of sacreBLEU, dialogues
    by perplexity, and by how varied greedy, beam and sampled replies are: different words and pairs of words over all
    (distinct-1 and -2), different replies, those copied from the training data, the commonest one. Intervals are at
    95 %, by bootstrap over inputs.

    \b
    Examples:
      chainrule evaluate runs/say
      chainrule evaluate runs/say --split dev --beam-width 1
      chainrule evaluate runs/say --with runs/again --json
    """
    from chainrule.tasks.seq2seq import Predictor, load_run_data, read_settings
    from chainrule.tasks.seq2seq.measuring import measure
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    task = read_settings(run).task
    predictor = Predictor.open_all([run, *others], beam_width)
    data = load_run_data(run)
    pairs = data.split(split)
    measurements = measure(predictor, pairs, task)
    varied = _reply_records(predictor, pairs, data.split("train")) if task == "dialogue" else {}
    if as_json:
        merged = {key: value for measurement in measurements for key, value in _record(measurement).items()}
        click.echo(json.dumps({"split": split} | merged | ({"replies": varied} if varied else {}), ensure_ascii=False))
        return
    click.echo(
        f"{split}: {len(pairs):,} {_unit(measurements[0])}" if measurements else f"{split}: {len(pairs):,} inputs"
    )
    for measurement in measurements:
        click.echo(_line(measurement))
    for line in _reply_table(varied) if varied else ():
        click.echo(line)


def _unit(measurement: Measurement) -> str:
    return f"{measurement.name.removesuffix(' error rate')}s" if measurement.per_cent else "inputs"


def _line(measurement: Measurement) -> str:
    scale = 100 if measurement.per_cent else 1
    low, high = (scale * bound for bound in measurement.interval())
    interval = f"95 % interval {low:.2f} to {high:.2f}"
    if not measurement.per_cent:
        signature = f"  {measurement.signature}" if measurement.signature else ""
        return f"{measurement.name}: {measurement.value:.2f}  ({interval}){signature}"
    errors, total = measurement.statistics.sum(axis=0)
    return (
        f"{measurement.name}: {scale * measurement.value:.2f} %  ({interval}; {errors:,.0f} errors in {total:,.0f} "
        f"{_unit(measurement)})"
    )


def _reply_records(predictor: Predictor, pairs: Pairs, train: Pairs) -> dict[str, dict[str, Any]]:
    """How varied the replies of each search are, and how many of them stand in the training data word for word."""
    from chainrule.metrics import diversity
    from chainrule.tasks.seq2seq.conversation import TrainingReplies
    from chainrule.tasks.seq2seq.measuring import replies_by_search

    known = TrainingReplies(predictor, train)
    return {
        search: dataclasses.asdict(diversity(texts)) | {"copied_share": fmean(text in known for text in texts)}
        for search, texts in replies_by_search(predictor, pairs).items()
    }


def _reply_table(records: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A line a search, under a line of headings."""
    yield f"{'replies':<12}{'distinct-1':>12}{'distinct-2':>12}{'different':>12}{'copied':>10}  commonest"
    for search, found in records.items():
        commonest = found["commonest"] if len(found["commonest"]) <= _SHOWN else f"{found['commonest'][:_SHOWN]}..."
        yield (
            f"{search:<12}{found['distinct_1']:>12.3f}{found['distinct_2']:>12.3f}{found['different']:>12,}"
            f"{100 * found['copied_share']:>8.1f} %  {100 * found['commonest_share']:.1f} % {commonest!r}"
        )


def _record(measurement: Measurement) -> dict[str, Any]:
    key = measurement.name.replace(" ", "_")
    record: dict[str, Any] = {key: measurement.value, f"{key}_interval": measurement.interval()}
    if measurement.per_cent:
        errors, total = measurement.statistics.sum(axis=0)
        unit = _unit(measurement)
        record |= {f"{unit.removesuffix('s')}_errors": int(errors), unit: int(total)}
    return record | ({f"{key}_signature": measurement.signature} if measurement.signature else {})
