"""``chainrule compare`` for runs of the task `seq2seq`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from chainrule.metrics import Comparison, Measurement

__all__ = ["compare"]

_CLEAR = 0.05  # a difference with a smaller p-value is called one


@click.command()
@click.argument("first", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("second", metavar="OTHER", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option(
    "--beam-width",
    type=click.IntRange(min=1),
    metavar="N",
    help="Answers followed at a time by both; each run's own setting by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def compare(first: Path, second: Path, split: str, beam_width: int | None, as_json: bool) -> None:
    """Compare two trained models on the same part of the same data.

    Each score is given for both, with the difference, its 95 % interval and the p-value of a paired bootstrap test:
    how often a difference as large would come of chance alone.

    \b
    Examples:
      chainrule compare runs/narrow runs/wide
      chainrule compare runs/lstm runs/transformer --split dev --json
    """
    from chainrule.metrics import compare_measurements
    from chainrule.tasks.seq2seq.comparing import measure_both

    pairs = measure_both(first, second, split, beam_width)
    found = [(one, compare_measurements(one, other)) for one, other in pairs]
    if as_json:
        scores = {one.name: _record(comparison) for one, comparison in found}
        click.echo(json.dumps({"first": str(first), "second": str(second), "split": split, "scores": scores}))
        return
    click.echo(f"{split}: {first} and {second}")
    for one, comparison in found:
        click.echo(_line(one, comparison, str(first), str(second)))


def _line(measurement: Measurement, found: Comparison, first: str, second: str) -> str:
    scale, unit = (100, " %") if measurement.per_cent else (1, "")
    low, high = (scale * bound for bound in found.interval)
    second_is_better = (found.difference < 0) == measurement.lower_is_better
    verdict = f"{second if second_is_better else first} is better" if found.p_value < _CLEAR else "no clear difference"
    return (
        f"{measurement.name}: {scale * found.first:.2f}{unit} and {scale * found.second:.2f}{unit}, difference "
        f"{scale * found.difference:+.2f} (95 % interval {low:+.2f} to {high:+.2f}, p = {found.p_value:.3f}): {verdict}"
    )


def _record(found: Comparison) -> dict[str, Any]:
    return {
        "first": found.first,
        "second": found.second,
        "difference": found.difference,
        "interval": found.interval,
        "p_value": found.p_value,
    }
