"""What ``chainrule compare`` shows, for runs of any task."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from chainrule.metrics import Comparison, Measurement, compare_measurements

__all__ = ["show_comparison"]

_CLEAR = 0.05  # a difference with a smaller p-value is called one


def show_comparison(
    first: Path, second: Path, split: str, measured: Iterable[tuple[Measurement, Measurement]], as_json: bool
) -> None:
    """Write how two runs differ.

    Parameters
    ----------
    first, second : Path
        Their folders.
    split : str
        The part of the data on which they were measured.
    measured : iterable of tuple of Measurement
        Their scores.
    as_json : bool
        Whether to write one JSON object, not lines.
    """
    found = [(one, compare_measurements(one, other)) for one, other in measured]
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


def _record(found: Comparison) -> dict[str, object]:
    return {
        "first": found.first,
        "second": found.second,
        "difference": found.difference,
        "interval": found.interval,
        "p_value": found.p_value,
    }
