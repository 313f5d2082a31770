"""``chainrule pretrain denoise``."""

from chainrule.cli.training import training_command
from chainrule.tasks.pretraining.denoising import TASK

__all__ = ["pretrain"]

pretrain = training_command(
    TASK,
    """Learn to write texts out of spoiled ones, with an encoder and a decoder, as BART does.

    DATA is a data set's name (see `chainrule data list`), a text file with a text a line, or a folder with
    train.txt, dev.txt and test.txt. Of a data set of pairs the sources are taken.

    A share of every text is hidden; with --noise infill a single sign stands for a span of any length.

    \b
    Examples:
      chainrule pretrain denoise words.txt --out runs/letters --minutes 5
      chainrule finetune runs/letters cmudict --task seq2seq --out runs/say --examples 500
      chainrule pretrain denoise sentences.txt --out runs/base --model transformer --source-symbols bpe --minutes 20
    """,
)
