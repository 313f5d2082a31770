"""``chainrule train``: one command a task, loaded when it is asked for."""

from __future__ import annotations

import importlib

import click

__all__ = ["train"]

_TASKS = {"seq2seq": ("chainrule.cli.train_seq2seq", "From pairs of texts: pronunciation, spelling, translation.")}


class _TaskGroup(click.Group):
    """Knows the tasks without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_TASKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _TASKS:
            return None
        return getattr(importlib.import_module(_TASKS[cmd_name][0]), cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Tasks"):
            formatter.write_dl([(name, help) for name, (_, help) in _TASKS.items()])


@click.group(cls=_TaskGroup, subcommand_metavar="TASK DATA [OPTIONS]")
def train() -> None:
    """Train a model from scratch.

    \b
    Examples:
      chainrule train seq2seq cmudict --out runs/say --minutes 5
      chainrule train seq2seq pairs.tsv --out runs/mine --epochs 10 --decoder-size 512
      chainrule train seq2seq --help
    """
