"""``chainrule train``: one command a task, loaded when it is asked for."""

from __future__ import annotations

import click

from chainrule.cli.task_commands import task_command

__all__ = ["train"]

_TASKS = {"seq2seq": "From pairs of texts: pronunciation, spelling, translation."}


class _TaskGroup(click.Group):
    """Knows the tasks without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_TASKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return task_command(cmd_name, "train") if cmd_name in _TASKS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Tasks"):
            formatter.write_dl(list(_TASKS.items()))


@click.group(cls=_TaskGroup, subcommand_metavar="TASK DATA [OPTIONS]")
def train() -> None:
    """Train a model from scratch.

    \b
    Examples:
      chainrule train seq2seq cmudict --out runs/say --minutes 5
      chainrule train seq2seq pairs.tsv --out runs/mine --epochs 10 --decoder-size 512
      chainrule train seq2seq --help
    """
