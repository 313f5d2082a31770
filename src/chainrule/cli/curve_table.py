"""Learning curves in a terminal: the options that ask for them, and the table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.inspect.text_table import columns

if TYPE_CHECKING:
    from chainrule.tasks.judging.curves import LearningCurves, Repeated

__all__ = ["curve_options", "show_curves"]


def curve_options(*, amounts: str | None, repeated: str) -> list[click.Parameter]:
    """Make the options that say which curves to draw, and how to show them.

    Parameters
    ----------
    amounts : str, optional
        The default of ``--examples``.
    repeated : str
        What ``--seeds`` counts.

    Returns
    -------
    list of click.Parameter
        They give ``amounts``, ``seeds``, ``plot`` and ``as_json``.
    """
    return [
        click.Option(
            ["--examples", "amounts"],
            default=amounts,
            show_default=amounts is not None,
            metavar="LIST",
            help="How much is labelled: shares such as 1%,10%,100%, or numbers of examples such as 100,1000.",
        ),
        click.Option(["--seeds"], type=click.IntRange(min=1), default=5, show_default=True, help=repeated),
        click.Option(
            ["--plot"], type=click.Path(path_type=Path), metavar="FILE", help="Draw the curves: .svg, .png or .pdf."
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Write one JSON object."),
    ]


def show_curves(
    curves: LearningCurves, title: str, compared: tuple[str, str], plot: Path | None, as_json: bool
) -> None:
    """Write learning curves.

    Parameters
    ----------
    curves : LearningCurves
        The curves.
    title : str
        What was learned.
    compared : tuple of str
        The two ways to begin whose difference is shown.
    plot : Path, optional
        Where to draw them.
    as_json : bool
        Whether to write one JSON object, not a table.
    """
    if as_json:
        click.echo(json.dumps(_record(curves)))
    else:
        for line in _table(curves, title, compared):
            click.echo(line)
    if plot is not None:
        from chainrule.inspect.curve_plot import draw_curves

        draw_curves(curves, title, plot)


def _table(curves: LearningCurves, title: str, compared: tuple[str, str]) -> Iterator[str]:
    scale, unit = (100, " in %") if curves.per_cent else (1, "")
    yield f"{title}, test: {curves.score}{unit}, the mean over seeds and its 95 % interval"
    rows = [
        ["examples", *(f"{examples:,}" for examples in curves.amounts)],
        *([arm, *(_cell(curves.point(arm, examples), scale) for examples in curves.amounts)] for arm in curves.arms),
    ]
    differences = [curves.difference(*compared, examples) for examples in curves.amounts]
    rows.append([f"{compared[0]} less {compared[1]}", *(_cell(found, scale, "+") for found in differences)])
    yield from columns(rows)


def _cell(found: Repeated | None, scale: float, sign: str = "") -> str:
    if found is None:
        return "-"
    if len(found.values) == 1:
        return f"{scale * found.mean:{sign}.2f}"
    low, high = found.interval
    return f"{scale * found.mean:{sign}.2f} ({scale * low:{sign}.2f} to {scale * high:{sign}.2f})"


def _record(curves: LearningCurves) -> dict[str, Any]:
    points = [
        {"arm": arm, "examples": examples, "mean": found.mean, "values": found.values}
        | ({"interval": found.interval} if len(found.values) > 1 else {})
        for arm in curves.arms
        for examples in curves.amounts
        if (found := curves.point(arm, examples)) is not None
    ]
    return {"score": curves.score, "lower_is_better": curves.lower_is_better, "points": points}
