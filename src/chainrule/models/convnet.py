"""A small convolutional network of today: batch normalisation, no large linear layer (after K. Simonyan, 2014)."""

from dataclasses import dataclass
from typing import Any

from chainrule import nn
from chainrule.random import Generator


@dataclass(frozen=True)
class ConvNetConfig:
    """The shape of a `ConvNet`.

    Attributes
    ----------
    in_channels : int
        The channels of an image.
    classes : int
        How many there are.
    widths : tuple of int
        The filters of each stage; at the end of all but the last, images are halved.
    depth : int
        How many convolutions a stage has; the first, whose images are the largest, has one.
    dropout : float
        Of the averaged features, before the classes are scored.
    """

    in_channels: int = 3
    classes: int = 10
    widths: tuple[int, ...] = (32, 64, 128)
    depth: int = 2
    dropout: float = 0.2


class ConvBlock(nn.Module):
    """A 3 by 3 convolution, perhaps pooling, batch normalisation and ReLU.

    Pooling comes first, so that what follows has four times less to do; where scales are positive, the result is that
    of the usual order.

    Parameters
    ----------
    in_channels, channels : int
        Channels of input and result.
    halve : bool
        Whether images are halved by pooling.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, in_channels: int, channels: int, halve: bool, *, generator: Generator | None = None):
        self.halve = halve
        self.conv = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False, generator=generator)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Any) -> Any:
        """Apply the block to a Tensor of shape (N, in_channels, H, W)."""
        y = self.conv(x)
        return self.norm(nn.functional.max_pool2d(y, 2) if self.halve else y, relu=True)


class ConvNet(nn.Module):
    """Stages of 3 by 3 convolutions with batch normalisation and ReLU, pooling between, an average and a linear layer.

    Parameters
    ----------
    config : ConvNetConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, config: ConvNetConfig, *, generator: Generator | None = None):
        self.config = config
        blocks: list[nn.Module] = []
        channels, last = config.in_channels, len(config.widths) - 1
        for stage, width in enumerate(config.widths):
            depth = config.depth if stage else 1
            for k in range(depth):
                halve = stage < last and k == depth - 1
                blocks.append(ConvBlock(channels, width, halve, generator=generator))
                channels = width
        self.features = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(channels, config.classes, generator=generator)

    def forward(self, images: Any) -> Any:
        """Score classes.

        Parameters
        ----------
        images : Tensor or Array, shape (N, in_channels, H, W)
            The images, of any size that can be halved between the stages.

        Returns
        -------
        Tensor, shape (N, classes)
            Logits.
        """
        features = self.features(images).mean(axis=(2, 3))  # (N, widths[-1])
        return self.classifier(self.dropout(features))
