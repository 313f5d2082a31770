"""``chainrule train``: one command a task, loaded when it is asked for."""

from __future__ import annotations

import click

from chainrule.cli.task_commands import TaskGroup

__all__ = ["train"]

_TASKS = {
    "seq2seq": "From pairs of texts: pronunciation, spelling, translation.",
    "image": "From pictures of classes: clothes, digits, or any folder of class folders.",
}


@click.group(cls=TaskGroup, verb="train", tasks=_TASKS)
def train() -> None:
    """Train a model from scratch.

    \b
    Examples:
      chainrule train seq2seq cmudict --out runs/say --minutes 5
      chainrule train seq2seq pairs.tsv --out runs/mine --epochs 10 --decoder-size 512
      chainrule train image fashion-mnist --out runs/clothes --minutes 5
      chainrule train image --help
    """
