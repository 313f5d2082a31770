"""LeNet: two convolutions and two linear layers (Y. LeCun et al., 1998), with ReLU and max pooling."""

from dataclasses import dataclass
from typing import Any

from chainrule import nn
from chainrule.random import Generator


@dataclass(frozen=True)
class LeNetConfig:
    """The shape of a `LeNet`.

    Attributes
    ----------
    in_channels : int
        The channels of an image.
    classes : int
        How many there are.
    image_size : tuple of int
        Height and width of an image.
    filters : tuple of int
        How many each convolution has.
    hidden : int
        The width of the linear layer between.
    """

    in_channels: int = 1
    classes: int = 10
    image_size: tuple[int, int] = (28, 28)
    filters: tuple[int, int] = (32, 64)
    hidden: int = 128


class LeNet(nn.Module):
    """Two convolutions of 5 by 5, each followed by pooling, and two linear layers.

    Parameters
    ----------
    config : LeNetConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.

    Raises
    ------
    ValueError
        If images are too small to be halved twice.
    """

    def __init__(self, config: LeNetConfig, *, generator: Generator | None = None):
        height, width = (size // 4 for size in config.image_size)
        if not height or not width:
            raise ValueError(f"LeNet expected images of 4 by 4 pixels or more, but got {config.image_size}")
        self.config = config
        first, second = config.filters
        self.conv1 = nn.Conv2d(config.in_channels, first, 5, padding=2, generator=generator)
        self.conv2 = nn.Conv2d(first, second, 5, padding=2, generator=generator)
        self.fc1 = nn.Linear(second * height * width, config.hidden, generator=generator)
        self.fc2 = nn.Linear(config.hidden, config.classes, generator=generator)

    def forward(self, images: Any) -> Any:
        """Score classes.

        Parameters
        ----------
        images : Tensor or Array, shape (N, in_channels, *image_size)
            The images.

        Returns
        -------
        Tensor, shape (N, classes)
            Logits.
        """
        x = images
        for convolution in (self.conv1, self.conv2):
            x = nn.functional.relu(nn.functional.max_pool2d(convolution(x), 2))
        x = x.flatten(1)  # (N, filters * H / 4 * W / 4)
        return self.fc2(nn.functional.relu(self.fc1(x)))
