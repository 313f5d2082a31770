"""``chainrule pretrain causal``."""

from chainrule.cli.training import training_command
from chainrule.tasks.pretraining.causal import TASK

__all__ = ["pretrain"]

pretrain = training_command(
    TASK,
    """Learn to guess each symbol of a text from those before it: a language model as GPT is.

    DATA is a data set's name (see `chainrule data list`), a text file, or a folder with train.txt, dev.txt and
    test.txt. A file with empty lines in it is one long text, whose last tenth is for development; of any other file
    each line is a text of its own, and a hash of it decides to which part it belongs.

    The folder of the run will hold the best model by its loss on the development set, the settings, the tokenizer,
    metrics.jsonl, and checkpoints for `chainrule resume`. Ctrl-C ends training with everything saved.

    \b
    Examples:
      chainrule pretrain causal shakespeare.txt --out runs/gpt --minutes 3
      chainrule pretrain causal names.txt --out runs/names --minutes 5 --width 64
      chainrule pretrain causal book.txt --out runs/book --symbols bpe --vocabulary-size 4000 --context 128
    """,
)
