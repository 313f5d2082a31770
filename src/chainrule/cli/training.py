"""A command that trains from scratch, made of a task: data, a folder for the run, and every setting as an option."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import click

from chainrule.cli.options import GroupedCommand, setting_options
from chainrule.cli.sessions import run_trainer
from chainrule.data.registry import lasting_path
from chainrule.errors import ConfigError
from chainrule.tasks import Task
from chainrule.training.config import DURATIONS, TrainingSettings, merge_settings, read_settings_file
from chainrule.training.lock import locked
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.stages import Plan

__all__ = ["gather_settings", "training_command"]


def training_command(task: Task, help: str, *, begins_with: str | None = None) -> click.Command:
    """Make the command that begins a run of a task.

    Parameters
    ----------
    task : Task
        The task.
    help : str
        What ``--help`` says.
    begins_with : str, optional
        The setting that is given before the data, where the task begins with something that was learned before.

    Returns
    -------
    click.Command
        The command, called as the task is.
    """

    @click.pass_context
    def begin(ctx: click.Context, data: str, out: Path, config: Path | None, **given: Any) -> None:
        RunFolder.refuse_existing(out)
        if begins_with is not None:
            given[begins_with] = lasting_path(given[begins_with])
        settings, plan = gather_settings(task, config, given)
        dataset = task.read_data(data, settings)
        for note in dataset.notes:
            click.echo(f"Warning: {note}.", err=True)
        run = task.create_run(out, data, dataset, settings, plan)
        with locked(run.path):
            sizes = ", ".join(f"{len(part):,} {name}" for name, part in dataset.splits.items())
            click.echo(f"{dataset.name}: {sizes}")
            if introduction := task.introduce(run):
                click.echo(introduction)
            run_trainer(ctx, run, lambda progress: task.make_trainer(run, dataset, progress))

    before = [] if begins_with is None else [click.Argument([begins_with])]
    parameters = [
        *before,
        click.Argument(["data"]),
        click.Option(
            ["--out"], type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder for the run."
        ),
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Settings from a TOML file, or a run's config.json, which repeats that run; options win over it.",
        ),
        *(option for option in setting_options(task.settings) if option.name != begins_with),
    ]
    return GroupedCommand(task.name, callback=begin, params=parameters, help=inspect.cleandoc(help))


def gather_settings(task: Task, config: Path | None, given: dict[str, Any]) -> tuple[TrainingSettings, Plan | None]:
    """Lay the settings of the command line over those of a file.

    Parameters
    ----------
    task : Task
        Whose settings they are.
    config : Path, optional
        The file.
    given : dict of str to object
        Settings by name; None for those that the user did not give.

    Returns
    -------
    settings : TrainingSettings
        All settings.
    plan : Plan or None
        The stages, where the file is a run's ``config.json`` and that run is to be repeated.

    Raises
    ------
    ConfigError
        When the file cannot be read or is of another task, or a setting does not fit.
    """
    lower: dict[str, Any] = {}
    given = {name: value for name, value in given.items() if value is not None}
    plan = None
    if config is not None:
        lower = read_settings_file(config)
        if "stages" in lower:
            repeated = RunConfig.from_json(lower, str(config))
            if repeated.task != task.name:
                raise ConfigError(f"{config} is of the task {repeated.task!r}, expected {task.name!r}")
            lower = repeated.settings
            if not any(given.get(name) is not None for name in DURATIONS) and repeated.plan.last.end is not None:
                plan = repeated.plan
        task.settings.from_mapping(lower, str(config))  # so that a mistake is laid at the file's door
    merged = task.complete(merge_settings(lower, given, "the command line"))
    return task.settings.from_mapping(merged, "the command line"), plan
