"""``chainrule finetune BASE DATA --task regress``."""

from chainrule.cli.training import training_command
from chainrule.tasks.finetuning.regress import TASK

__all__ = ["finetune"]

finetune = training_command(
    TASK,
    """Fine-tune a pre-trained model on texts with a number each, such as a rating or a price.

    BASE is as for `chainrule finetune --task classify`. DATA is a data set's name (see `chainrule data list`), a file
    with two tab-separated columns, text and number, or a folder with train.tsv, dev.tsv and test.tsv. A single file is
    split by a hash of the text.

    Numbers are standardised by their mean and deviation among the texts to learn from; answers come in the unit of
    the file. The model with the smallest mean absolute error on the part for development is kept.

    \b
    Examples:
      chainrule finetune all-minilm-l6-v2 vader-movies --task regress --out runs/ratings --epochs 2 --learning-rate 5e-5
      chainrule finetune runs/base prices.tsv --task regress --out runs/prices --epochs 5
      chainrule finetune runs/base table.tsv --task regress --out runs/third --number-column 3
    """,
    begins_with="base",
)
