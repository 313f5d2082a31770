"""Commands that are another one for each task: what a run was trained for decides which is meant."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from pathlib import Path
from typing import Any

import click

__all__ = ["RunCommand", "TaskGroup", "TaskOptionCommand", "hand_over", "task_command"]


def task_command(task: str, verb: str) -> click.Command | None:
    """Find the command of a task.

    Parameters
    ----------
    task : str
        The task's name, which is that of a folder beside this file.
    verb : str
        What the command is called, as its module there.

    Returns
    -------
    click.Command or None
        The command; None where the task has none of that name.
    """
    module = f"chainrule.cli.{task}.{verb}"
    if importlib.util.find_spec(module) is None:
        return None
    return getattr(importlib.import_module(module), verb)


def hand_over(command: click.Command, ctx: click.Context, name: str, arguments: list[str]) -> None:
    """Let another command do what this one was called for.

    Parameters
    ----------
    command : click.Command
        The other one.
    ctx : click.Context
        Click's context of this one.
    name : str
        What the other one is called in messages.
    arguments : list of str
        What it is called with.
    """
    with command.make_context(name, arguments, parent=ctx.parent) as inner:
        command.invoke(inner)


class TaskGroup(click.Group):
    """A group with one command a task, which is imported when it is asked for.

    Parameters
    ----------
    *args : object
        For `click.Group`.
    verb : str
        What is done to the tasks; the name of their commands' modules.
    tasks : dict of str to str
        The names of the tasks, and a line on each.
    **kwargs : object
        For `click.Group`.
    """

    def __init__(self, *args: Any, verb: str, tasks: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"subcommand_metavar": "TASK DATA [OPTIONS]"}))
        self._verb, self._tasks = verb, tasks

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the tasks.

        Parameters
        ----------
        ctx : click.Context
            Click's context.

        Returns
        -------
        list of str
            Their names.
        """
        return list(self._tasks)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of a task.

        Parameters
        ----------
        ctx : click.Context
            Click's context.
        cmd_name : str
            The task.

        Returns
        -------
        click.Command or None
            None where there is no such task.
        """
        return task_command(cmd_name, self._verb) if cmd_name in self._tasks else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of tasks.

        Parameters
        ----------
        ctx : click.Context
            Click's context.
        formatter : click.HelpFormatter
            Collects the text.
        """
        with formatter.section("Tasks"):
            formatter.write_dl(list(self._tasks.items()))


class TaskOptionCommand(click.Command):
    """``chainrule VERB ... --task TASK``: hands everything else to the command that the task has for it.

    Parameters
    ----------
    verb : str
        What the command is called.
    help : str
        What ``--help`` says before a task is named; after it, the task's command answers.
    tasks : dict of str to str
        The names of the tasks, and a line on each.
    """

    def __init__(self, verb: str, help: str, tasks: dict[str, str]) -> None:
        super().__init__(
            verb,
            help=inspect.cleandoc(help),
            context_settings={"ignore_unknown_options": True, "help_option_names": []},
            params=[
                click.Option(["--task"], type=click.Choice(list(tasks)), help="What to learn."),
                click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED, metavar="BASE DATA [OPTIONS]"),
            ],
        )
        self._tasks = tasks

    def invoke(self, ctx: click.Context) -> None:
        """Run the task's command.

        Parameters
        ----------
        ctx : click.Context
            Click's context.

        Raises
        ------
        click.UsageError
            When no task is named.
        """
        task, arguments = ctx.params["task"], list(ctx.params["arguments"])
        if task is None:
            if {"-h", "--help"} & set(arguments):
                click.echo(ctx.get_help())
                return
            raise click.UsageError(f"missing option '--task', one of {', '.join(self._tasks)}", ctx)
        command = task_command(task, str(self.name))
        assert command is not None
        hand_over(command, ctx, f"{ctx.info_name} --task {task}", arguments)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the option and the list of tasks.

        Parameters
        ----------
        ctx : click.Context
            Click's context.
        formatter : click.HelpFormatter
            Collects the text.
        """
        super().format_options(ctx, formatter)
        with formatter.section("Tasks"):
            formatter.write_dl(list(self._tasks.items()))


class RunCommand(click.Command):
    """``chainrule VERB RUN ...``: opens the run and hands everything to the command that its task has for it.

    Parameters
    ----------
    verb : str
        What the command is called.
    help : str
        What ``--help`` says before a run is named; after it, the task's command answers.
    """

    def __init__(self, verb: str, help: str) -> None:
        super().__init__(
            verb,
            help=inspect.cleandoc(help),
            options_metavar="",
            context_settings={"ignore_unknown_options": True, "help_option_names": []},
            params=[
                click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED, metavar="RUN [OPTIONS] [INPUTS]...")
            ],
        )

    def invoke(self, ctx: click.Context) -> None:
        """Run the task's command.

        Parameters
        ----------
        ctx : click.Context
            Click's context.

        Raises
        ------
        click.UsageError
            When no run is named, or its task has no such command.
        CheckpointError
            When the run cannot be opened.
        """
        arguments: list[str] = list(ctx.params["arguments"])
        folder = _run_folder(arguments)
        if folder is None:
            if {"-h", "--help"} & set(arguments):
                click.echo(ctx.get_help())
                return
            raise click.UsageError("missing argument 'RUN', the folder of a run", ctx)
        hand_over(self._command(folder, ctx), ctx, str(ctx.info_name), arguments)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, which are others for each task.

        Parameters
        ----------
        ctx : click.Context
            Click's context.
        formatter : click.HelpFormatter
            Collects the text.
        """
        from chainrule.tasks import TASKS

        for task in TASKS:
            command = task_command(task, str(self.name))
            if command is not None:
                options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
                with formatter.section(f"Options for a run of {task}"):
                    formatter.write_dl([record for option in options if (record := option.get_help_record(ctx))])

    def _command(self, folder: Path, ctx: click.Context) -> click.Command:
        from chainrule.tasks import task_of
        from chainrule.training.run import RunFolder

        task = task_of(RunFolder.open(folder)).name
        command = task_command(task, str(self.name))
        if command is None:
            raise click.UsageError(f"a run of the task {task!r} has no command {self.name!r}", ctx)
        return command


def _run_folder(arguments: list[str]) -> Path | None:
    """The run among arguments whose options are not known yet: the first folder of a run, else the first word."""
    words = [Path(word) for word in arguments if not word.startswith("-")]
    return next((word for word in words if (word / "config.json").is_file()), words[0] if words else None)
