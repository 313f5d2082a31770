"""``chainrule pretrain``: learning from data without labels, one command an objective."""

from __future__ import annotations

import click

from chainrule.cli.task_commands import TaskGroup

__all__ = ["pretrain"]

_TASKS = {
    "causal": "Guess each symbol of a text from those before it (GPT).",
    "masked": "Guess hidden symbols of a text from those around them (BERT).",
    "denoise": "Write texts out of spoiled ones, with an encoder and a decoder (BART).",
    "contrastive": "Find the other view of an image among those of other images (SimCLR).",
    "mae": "Paint the hidden patches of an image from those that are seen (MAE).",
}


@click.group(cls=TaskGroup, verb="pretrain", tasks=_TASKS)
def pretrain() -> None:
    """Learn from data without labels.

    \b
    Examples:
      chainrule pretrain causal book.txt --out runs/gpt --minutes 20
      chainrule generate runs/gpt --prompt "Once upon a time"
      chainrule pretrain contrastive photos/ --out runs/eyes --minutes 20
      chainrule pretrain causal --help
    """
