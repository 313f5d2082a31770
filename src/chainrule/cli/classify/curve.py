"""``chainrule curve BASE DATA --task classify``."""

from chainrule.cli.studies import curve_command
from chainrule.tasks.finetuning.classify import TASK

__all__ = ["curve"]

curve = curve_command(
    TASK,
    """Fine-tune a pre-trained model of texts on few labels and on many, and train the same model from scratch.

    BASE and DATA are as for `chainrule finetune --task classify`, and so are the settings, which hold for both ways to
    begin. Each training is repeated from several seeds, which draw the labelled texts, and both ways learn from the
    same ones; the score is the accuracy on the part for testing. The best model is chosen on the part for development.

    \b
    Examples:
      chainrule curve runs/base vader-movies --task classify --out runs/curve --steps 300 --plot curve.svg
      chainrule curve all-minilm-l6-v2 reviews.tsv --task classify --out runs/curve --examples 100 --seeds 3 --steps 60
    """,
)
