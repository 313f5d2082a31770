"""``chainrule train image``."""

from chainrule.cli.training import training_command
from chainrule.tasks.image import TASK

__all__ = ["train"]

train = training_command(
    TASK,
    """Train a convolutional network to tell classes of pictures apart.

    DATA is a data set's name (see `chainrule data list`), a folder with a folder of pictures a class (PNG, JPEG
    and others), perhaps below folders train, dev and test, an .npz file with images and labels, or IDX files. What is
    not given apart for development and testing is held out by a hash of each picture, so that pictures added later
    move no other.

    A picture that cannot be read is named and left out. Grey pictures among coloured ones become coloured, and
    transparent ones stand on white.

    The folder of the run will hold the best model by its error on the development set, the settings, the names of
    the classes, metrics.jsonl, and checkpoints for `chainrule resume`. Ctrl-C ends training with everything saved.

    \b
    Examples:
      chainrule train image fashion-mnist --out runs/clothes --minutes 5
      chainrule train image photos/ --out runs/mine --image-size 64 --epochs 30
      chainrule train image digits.npz --out runs/digits --no-flip --shift 2 --mixup 0.2
      chainrule train image fashion-mnist --out runs/again --config runs/clothes/config.json
    """,
)
