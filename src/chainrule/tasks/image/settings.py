"""The settings of networks for images, and of image classification."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.tasks.finetuning.settings import FineTuningSettings
from chainrule.tasks.image.network import NETWORKS
from chainrule.training.config import TrainingSettings
from chainrule.training.settings import other_default, setting

__all__ = ["METHODS", "ImageSettings", "NetworkSettings"]

_MODEL, _DATA, _AUGMENTATION, _BASE = "Model", "Data", "Augmentation", "Fine-tuning"

#: How a network goes on learning.
METHODS = ("full", "frozen", "gradual")


@dataclass(frozen=True)
class NetworkSettings(TrainingSettings):
    """What can be set wherever a network learns from images."""

    learning_rate: float = other_default(TrainingSettings, "learning_rate", 3e-3)
    weight_decay: float = other_default(TrainingSettings, "weight_decay", 0.05)
    decay_fraction: float = other_default(TrainingSettings, "decay_fraction", 0.9)

    model: str = setting("convnet", "Which network.", group=_MODEL, choices=tuple(NETWORKS))
    width: float = setting(1.0, "Multiply the number of filters.", group=_MODEL, above=0)

    image_size: int | None = setting(
        None, "Height and width to give to all images; by default they keep their own.", group=_DATA, minimum=4
    )
    batch_size: int = setting(128, "Most images in a batch.", group=_DATA, minimum=1)
    evaluation_size: int = setting(
        10_000, "Most images of the development set to measure on while training.", group=_DATA, minimum=1
    )


@dataclass(frozen=True)
class ImageSettings(NetworkSettings):
    """Everything that can be set for ``chainrule train image``.

    Every field has a default; see ``chainrule train image --help``.
    """

    label_smoothing: float = setting(
        0.1, "Share of the target's probability spread over all classes.", group=_MODEL, minimum=0, below=1
    )

    examples: int | None = setting(None, "Learn from so few images, each class in its share.", group=_DATA, minimum=2)

    flip: bool | None = setting(
        None,
        "Mirror every other image, and answer with the mean over both; by default all but digits.",
        group=_AUGMENTATION,
    )
    shift: int | None = setting(
        None,
        "Move images by up to so many pixels; by default a fourteenth of their size.",
        group=_AUGMENTATION,
        minimum=0,
    )
    cutout: int = setting(0, "Put a square hole of so many pixels a side into images.", group=_AUGMENTATION, minimum=0)
    mixup: float = setting(
        0.0,
        "Mix images with others, in shares from a beta distribution with this parameter; 0 turns it off.",
        group=_AUGMENTATION,
        minimum=0,
        maximum=1,
    )

    base: str = setting(
        "", "A run of `chainrule pretrain` or `train image` whose network and weights to begin with.", group=_BASE
    )
    from_scratch: bool = setting(
        False, "Begin with the network of the base, but with random weights, for comparison.", group=_BASE
    )
    method: str = setting(
        "full",
        "What learns: everything; only the new head (frozen); or one layer after the other, the last first (gradual).",
        group=_BASE,
        choices=METHODS,
    )
    layer_decay: float = other_default(FineTuningSettings, "layer_decay", 1.0)
    unfreeze_every: int = other_default(FineTuningSettings, "unfreeze_every", 100)
