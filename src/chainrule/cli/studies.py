"""A command that draws the learning curves of a task, with pre-training and without."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.curve_table import curve_options, show_curves
from chainrule.cli.options import GroupedCommand, setting_options
from chainrule.cli.training import gather_settings
from chainrule.data.registry import lasting_path
from chainrule.tasks import Task

if TYPE_CHECKING:
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
        from chainrule.inspect.curve_plot import check_plot
        from chainrule.tasks.judging.amounts import parse_amounts
        from chainrule.tasks.judging.study import FINE_TUNED, FROM_SCRATCH, Study, with_and_without
        from chainrule.training.lock import locked_when_made

        parsed = parse_amounts(amounts)
        if plot is not None:
            check_plot(plot)
        settings, _ = gather_settings(task, config, given | {"base": lasting_path(base)})
        dataset = task.read_data(data, settings)
        with locked_when_made(out):
            study = Study(out, task, data, dataset, with_and_without(settings, scratch_rate))
            numbers = [amount.of(len(dataset.splits["train"])) for amount in parsed]
            _take_all(ctx, study, numbers, seeds)
        show_curves(study.curves(), dataset.name, (FINE_TUNED, FROM_SCRATCH), plot, as_json)

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
            ["--scratch-learning-rate", "scratch_rate"],
            type=click.FloatRange(min=0, min_open=True),
            metavar="X",
            help="Highest learning rate from scratch, where a higher one is often better; the same by default.",
        ),
        *curve_options(amounts="1%,10%,100%", repeated="Repetitions of each training."),
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
