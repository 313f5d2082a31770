"""``chainrule finetune``: a pre-trained model learns from the little that is labelled."""

from __future__ import annotations

from chainrule.cli.task_commands import TaskOptionCommand

__all__ = ["finetune"]

finetune = TaskOptionCommand(
    "finetune",
    """Let a pre-trained model learn from the little that is labelled.

    `chainrule finetune --task TASK --help` lists all options of a task.

    \b
    Examples:
      chainrule pretrain masked sentences.txt --out runs/base --minutes 20
      chainrule finetune runs/base reviews.tsv --task classify --out runs/reviews --epochs 3
      chainrule finetune runs/eyes photos/ --task image --out runs/photos --epochs 30
    """,
    tasks={
        "classify": "Texts with a label each.",
        "regress": "Texts with a number each.",
        "tag": "Sentences whose words have a tag each.",
        "generate": "Texts to go on writing.",
        "seq2seq": "Pairs of texts.",
        "image": "Pictures of classes.",
    },
)
