"""``chainrule curve BASE DATA --task regress``."""

from chainrule.cli.studies import curve_command
from chainrule.tasks.finetuning.regress import TASK

__all__ = ["curve"]

curve = curve_command(
    TASK,
    """Fine-tune a pre-trained model of texts on few numbers and on many, and train the same model from scratch.

    BASE and DATA are as for `chainrule finetune --task regress`, and so are the settings, which hold for both ways to
    begin. Each training is repeated from several seeds, which draw the texts to learn from, and both ways learn from
    the same ones; the score is the mean absolute error on the part for testing. The best model is chosen on the part
    for development.

    \b
    Example:
      chainrule curve runs/base vader-movies --task regress --out runs/curve --examples 100,1000 --steps 300
    """,
)
