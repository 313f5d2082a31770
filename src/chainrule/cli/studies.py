"""A command that draws the learning curves of a task, with pre-training and without."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.options import GroupedCommand, setting_options
from chainrule.cli.training import gather_settings
from chainrule.data.registry import lasting_path
from chainrule.inspect.text_table import columns
from chainrule.tasks import Task

if TYPE_CHECKING:
    from chainrule.tasks.judging.curves import LearningCurves, Repeated
    from chainrule.tasks.judging.study import Study

__all__ = ["curve_command"]

_DECIDED = ("base", "from_scratch", "examples", "seed")  # by the study, not by an option of that name


def curve_command(task: Task, help: str) -> click.Command:
    """Make the command that draws the learning curves of a task.

    Parameters
    ----------
    task : Task
        The task; it begins with a ``base``, and has `Task.measure`.
    help : str
        What ``--help`` says.

    Returns
    -------
    click.Command
        The command.
    """

    @click.pass_context
    def draw(
        ctx: click.Context,
        base: str,
        data: str,
        out: Path,
        amounts: str,
        seeds: int,
        scratch_rate: float | None,
        plot: Path | None,
        as_json: bool,
        config: Path | None,
        **given: Any,
    ) -> None:
        from chainrule.inspect.curve_plot import check_plot, draw_curves
        from chainrule.tasks.judging.amounts import parse_amounts
        from chainrule.tasks.judging.study import Study, with_and_without
        from chainrule.training.lock import locked

        parsed = parse_amounts(amounts)
        if plot is not None:
            check_plot(plot)
        settings, _ = gather_settings(task, config, given | {"base": lasting_path(base)})
        dataset = task.read_data(data, settings)
        out.mkdir(parents=True, exist_ok=True)
        with locked(out):
            study = Study(out, task, data, dataset, with_and_without(settings, scratch_rate))
            numbers = [amount.of(len(dataset.splits["train"])) for amount in parsed]
            _take_all(ctx, study, numbers, seeds)
        curves = study.curves()
        if as_json:
            click.echo(json.dumps(_record(curves)))
        else:
            for line in _table(curves):
                click.echo(line)
        if plot is not None:
            draw_curves(curves, dataset.name, plot)

    parameters = [
        click.Argument(["base"]),
        click.Argument(["data"]),
        click.Option(
            ["--out"],
            type=click.Path(path_type=Path),
            required=True,
            metavar="DIR",
            help="Folder for the scores; the same command goes on where it was stopped.",
        ),
        click.Option(
            ["--examples", "amounts"],
            default="1%,10%,100%",
            show_default=True,
            metavar="LIST",
            help="How much is labelled: shares, or numbers of examples.",
        ),
        click.Option(
            ["--seeds"],
            type=click.IntRange(min=1),
            default=5,
            show_default=True,
            help="Repetitions of each training.",
        ),
        click.Option(
            ["--scratch-learning-rate", "scratch_rate"],
            type=click.FloatRange(min=0, min_open=True),
            metavar="X",
            help="Highest learning rate from scratch, where a higher one is often better; the same by default.",
        ),
        click.Option(
            ["--plot"], type=click.Path(path_type=Path), metavar="FILE", help="Draw the curves: .svg, .png or .pdf."
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Write one JSON object."),
        click.Option(["--config"], type=click.Path(path_type=Path), metavar="FILE", help="Settings from a TOML file."),
        *(option for option in setting_options(task.settings) if option.name not in _DECIDED),
    ]
    return GroupedCommand(task.name, callback=draw, params=parameters, help=inspect.cleandoc(help))


def _take_all(ctx: click.Context, study: Study, amounts: list[int], seeds: int) -> None:
    """Train what is missing, with a line on each training; standard output is for the result."""
    from chainrule.training.progress import Progress

    trials = list(study.trials(amounts, seeds))
    for number, trial in enumerate(trials, start=1):
        outcome, result = study.take(trial, Progress())
        if result is None:
            assert outcome.signal is not None
            click.echo(f"Stopped by {outcome.signal.name}; the same command goes on from here.", err=True)
            ctx.exit(128 + outcome.signal)
        scale, unit = (100, " %") if result.per_cent else (1, "")
        click.echo(
            f"{number} of {len(trials)}: {trial.arm}, {trial.examples:,} examples, seed {trial.seed}: "
            f"{result.score} {scale * result.value:.2f}{unit}",
            err=True,
        )


def _table(curves: LearningCurves) -> Iterator[str]:
    scale, unit = (100, " in %") if curves.per_cent else (1, "")
    arms = list(curves.arms)
    seeds = {len(points) for arm in curves.arms.values() for points in arm.values()}
    counted = " to ".join(map(str, sorted({min(seeds), max(seeds)})))
    yield f"test: {curves.score}{unit}, the mean over {counted} seeds and its 95 % interval"
    rows = [["examples", *arms, "difference"]]
    for examples in curves.amounts:
        points = [curves.point(arm, examples) for arm in arms]
        difference = curves.difference(arms[0], arms[1], examples)
        rows.append([f"{examples:,}", *(_cell(point, scale) for point in points), _cell(difference, scale, "+")])
    yield from columns(rows, left=())


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
