"""``chainrule evaluate`` for runs of the task `seq2seq`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.seq2seq.options import beam_width_option, with_option

if TYPE_CHECKING:
    from chainrule.metrics import Diversity, Measurement

__all__ = ["evaluate"]

_SHOWN = 60  # characters of the commonest reply


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@beam_width_option
@with_option
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def evaluate(run_folder: Path, split: str, beam_width: int | None, others: tuple[Path, ...], as_json: bool) -> None:
    """Score a trained model on a part of its data.

    A word is right if the answer equals any of its references; its phoneme errors are the insertions, deletions
    and substitutions against the closest one. Translations are scored by BLEU, chrF and TER of sacreBLEU, dialogues
    by perplexity and by how varied the replies are. Intervals are at 95 %, by bootstrap over inputs.

    \b
    Examples:
      chainrule evaluate runs/say
      chainrule evaluate runs/say --split dev --beam-width 1
      chainrule evaluate runs/say --with runs/again --json
    """
    from chainrule.tasks.seq2seq import Predictor, load_run_data, read_settings
    from chainrule.tasks.seq2seq.measuring import measure, reply_diversity
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    task = read_settings(run).task
    predictor = Predictor.open_all([run, *others], beam_width)
    pairs = load_run_data(run).split(split)
    measurements = measure(predictor, pairs, task)
    varied = reply_diversity(predictor, pairs) if task == "dialogue" else {}
    if as_json:
        records = [_record(measurement) for measurement in measurements]
        found = {name: dataclasses.asdict(found) for name, found in varied.items()}
        merged = {key: value for record in records for key, value in record.items()}
        click.echo(json.dumps({"split": split} | merged | ({"replies": found} if found else {}), ensure_ascii=False))
        return
    click.echo(
        f"{split}: {len(pairs):,} {_unit(measurements[0])}" if measurements else f"{split}: {len(pairs):,} inputs"
    )
    for measurement in measurements:
        click.echo(_line(measurement))
    for name, found_by in varied.items():
        click.echo(_reply_line(name, found_by))


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


def _reply_line(name: str, found: Diversity) -> str:
    commonest = found.commonest if len(found.commonest) <= _SHOWN else f"{found.commonest[:_SHOWN]}..."
    return (
        f"replies, {name}: distinct-1 {found.distinct_1:.3f}, distinct-2 {found.distinct_2:.3f}, {found.different:,} "
        f"different ones, the commonest {100 * found.commonest_share:.1f} %: {commonest!r}"
    )


def _record(measurement: Measurement) -> dict[str, Any]:
    key = measurement.name.replace(" ", "_")
    record: dict[str, Any] = {key: measurement.value, f"{key}_interval": measurement.interval()}
    if measurement.per_cent:
        errors, total = measurement.statistics.sum(axis=0)
        unit = _unit(measurement)
        record |= {f"{unit.removesuffix('s')}_errors": int(errors), unit: int(total)}
    return record | ({f"{key}_signature": measurement.signature} if measurement.signature else {})
