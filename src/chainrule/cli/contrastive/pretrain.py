"""``chainrule pretrain contrastive``."""

from chainrule.cli.training import training_command
from chainrule.tasks.pretraining.contrastive import TASK

__all__ = ["pretrain"]

pretrain = training_command(
    TASK,
    """Learn from images without labels to find the other view of an image among those of others, as SimCLR does.

    DATA is a data set's name (see `chainrule data list`), a folder of pictures, with or without class folders, an .npz
    file with images, or IDX files. Labels are not looked at.

    Of every image two views are taken: sections of different sizes, mirrored, in another light and in other colours.
    What the network makes of both is to be more alike than what it makes of other images of the batch, so large
    batches teach more.

    \b
    Examples:
      chainrule pretrain contrastive fashion-mnist --out runs/eyes --minutes 10
      chainrule finetune runs/eyes fashion-mnist --task image --out runs/few --examples 100
      chainrule pretrain contrastive photos/ --out runs/photos --image-size 64 --model resnet18 --minutes 60
    """,
)
