"""``chainrule finetune BASE DATA --task classify``."""

from chainrule.cli.training import training_command
from chainrule.tasks.finetuning.classify import TASK

__all__ = ["finetune"]

finetune = training_command(
    TASK,
    """Fine-tune a pre-trained model on texts with a label each.

    BASE is a run of `chainrule pretrain`, or published weights with their tokenizer: a name (see `chainrule weights
    list`), a folder, or a repository of the Hugging Face hub. DATA is a data set's name (see `chainrule data list`), a
    file with two tab-separated columns, text and label, or a folder with train.tsv, dev.tsv and test.tsv. A single
    file is split by a hash of the text.

    Before training it says what was loaded, what begins anew, what is frozen and what was left aside. The folder of
    the run holds all that is needed afterwards; BASE is not.

    \b
    Examples:
      chainrule finetune all-minilm-l6-v2 vader-movies --task classify --out runs/films --learning-rate 5e-5
      chainrule finetune runs/base wordnet --task classify --out runs/categories --epochs 3
      chainrule finetune runs/base reviews.tsv --task classify --out runs/few --examples 100 --method frozen
      chainrule finetune runs/base reviews.tsv --task classify --out runs/lora --method lora --lora-rank 4
      chainrule finetune runs/base reviews.tsv --task classify --out runs/alone --from-scratch
    """,
    begins_with="base",
)
