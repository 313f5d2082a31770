"""``chainrule pretrain mae``."""

from chainrule.cli.training import training_command
from chainrule.tasks.pretraining.mae import TASK

__all__ = ["pretrain"]

pretrain = training_command(
    TASK,
    """Learn from images without labels to paint hidden patches from those that are seen: a masked autoencoder.

    DATA is a data set's name (see `chainrule data list`), a folder of pictures, with or without class folders, an .npz
    file with images, or IDX files. Labels are not looked at.

    Images are cut into patches, most of which are hidden. A small Transformer reads the others, and a smaller one
    paints the hidden ones. Height and width of the images must be multiples of the same number, such as 4.

    \b
    Examples:
      chainrule pretrain mae fashion-mnist --out runs/painter --minutes 10
      chainrule finetune runs/painter fashion-mnist --task image --out runs/few --examples 1000
      chainrule pretrain mae photos/ --out runs/photos --image-size 64 --minutes 60
    """,
)
