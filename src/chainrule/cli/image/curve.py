"""``chainrule curve BASE DATA --task image``."""

from chainrule.cli.studies import curve_command
from chainrule.tasks.image import TASK

__all__ = ["curve"]

curve = curve_command(
    TASK,
    """Fine-tune a pre-trained network on few pictures and on many, and train the same network from scratch.

    BASE and DATA are as for `chainrule finetune --task image`, and so are the settings, which hold for both ways to
    begin. Each training is repeated from several seeds, which draw the labelled pictures, and both ways learn from the
    same ones; the score is the accuracy on the part for testing. The best model is chosen on the part for development.

    \b
    Examples:
      chainrule curve runs/eyes fashion-mnist --task image --out runs/curve --examples 100,1000 --steps 300
    """,
)
