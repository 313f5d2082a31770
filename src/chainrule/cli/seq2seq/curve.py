"""``chainrule curve BASE DATA --task seq2seq``."""

from chainrule.cli.studies import curve_command
from chainrule.tasks.seq2seq import TASK

__all__ = ["curve"]

curve = curve_command(
    TASK,
    """Fine-tune a pre-trained encoder-decoder on few pairs and on many, and train the same model from scratch.

    BASE and DATA are as for `chainrule finetune --task seq2seq`, and so are the settings, which hold for both ways to
    begin. Each training is repeated from several seeds, which draw the pairs, and both ways learn from the same ones;
    the score is the first that `chainrule evaluate` shows, on the part for testing.

    \b
    Examples:
      chainrule curve runs/letters cmudict --task seq2seq --out runs/curve --examples 500,5000 --steps 1000
    """,
)
