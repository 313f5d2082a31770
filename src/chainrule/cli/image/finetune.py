"""``chainrule finetune BASE DATA --task image``."""

from chainrule.cli.training import training_command
from chainrule.tasks.image import TASK

__all__ = ["finetune"]

finetune = training_command(
    TASK,
    """Go on from a network that has learned from images, with pictures of classes.

    BASE is a run of `chainrule pretrain contrastive` or `mae`, or of `chainrule train image`. DATA is as for
    `chainrule train image`: a data set's name, a folder with a folder of pictures a class, an .npz file, or IDX files.

    The network is that of BASE; what scored its classes begins anew where these are others. Images are normalised as
    they were for BASE. Before training it says what was loaded, what begins anew, what is frozen and what was left
    aside. A frozen body keeps the running statistics of its batch normalisation, too. The folder of the run holds all
    that is needed afterwards, and is like that of any run of images.

    \b
    Examples:
      chainrule finetune runs/eyes fashion-mnist --task image --out runs/few --examples 100 --steps 300
      chainrule finetune runs/eyes fashion-mnist --task image --out runs/probe --examples 100 --method frozen
      chainrule finetune runs/eyes photos/ --task image --out runs/photos --method gradual --layer-decay 0.8
      chainrule finetune runs/eyes fashion-mnist --task image --out runs/alone --examples 100 --from-scratch
    """,
    begins_with="base",
)
