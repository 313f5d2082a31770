"""``chainrule train seq2seq``."""

from chainrule.cli.training import training_command
from chainrule.tasks.seq2seq import TASK

__all__ = ["train"]

train = training_command(
    TASK,
    """Train a recurrent encoder-decoder with attention on pairs of texts.

    DATA is a data set's name (see `chainrule data list`), a file with two tab-separated columns, input and
    output, or a folder with train.tsv, dev.tsv and test.tsv. A single file is split by a hash of the input, so
    that rows added later move no other row.

    The folder of the run will hold the best model by its score on the development set, the settings, the
    tokenizers, metrics.jsonl, and checkpoints for `chainrule resume`. Ctrl-C ends training with everything
    saved.

    \b
    Examples:
      chainrule train seq2seq cmudict --out runs/say --minutes 5
      chainrule train seq2seq pairs.tsv --out runs/mine --epochs 10 --learning-rate 1e-3
      chainrule train seq2seq cmudict --out runs/wide --config wide.toml --seed 2
      chainrule train seq2seq cmudict --out runs/again --config runs/say/config.json

    wide.toml may hold any of the settings below, with underscores:

    \b
      minutes = 45
      decoder_size = 512
      dropout = 0.25
    """,
)
