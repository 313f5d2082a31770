"""``chainrule finetune BASE DATA --task seq2seq``."""

from chainrule.cli.training import training_command
from chainrule.tasks.seq2seq import TASK

__all__ = ["finetune"]

finetune = training_command(
    TASK,
    """Go on from a pre-trained encoder-decoder with pairs of texts.

    BASE is a run of `chainrule pretrain denoise`, or of `chainrule train seq2seq`. DATA is a data set's name (see
    `chainrule data list`), a file with two tab-separated columns, input and output, or a folder with train.tsv,
    dev.tsv and test.tsv.

    The shape of the model and the symbols of the inputs are those of BASE. Before training it says what was loaded,
    what begins anew and what was left aside. The folder of the run holds all that is needed afterwards.

    \b
    Examples:
      chainrule finetune runs/letters cmudict --task seq2seq --out runs/few --examples 500 --steps 1000
      chainrule finetune runs/letters cmudict --task seq2seq --out runs/alone --examples 500 --from-scratch
    """,
    begins_with="base",
)
