"""``chainrule pretrain masked``."""

from chainrule.cli.training import training_command
from chainrule.tasks.pretraining.masked import TASK

__all__ = ["pretrain"]

pretrain = training_command(
    TASK,
    """Learn to guess hidden symbols of a text from those around them, as BERT does.

    DATA is a data set's name (see `chainrule data list`), a text file, or a folder with train.txt, dev.txt and
    test.txt. A file with empty lines in it is one long text, whose last tenth is for development; of any other file
    each line is a text of its own, and a hash of it decides to which part it belongs.

    A share of every text is hidden: single symbols, whole words, or spans of random length (--mask-units).

    \b
    Examples:
      chainrule pretrain masked sentences.txt --out runs/base --minutes 20 --symbols bpe --vocabulary-size 4000
      chainrule pretrain masked words.txt --out runs/letters --mask-units spans --minutes 5
    """,
)
