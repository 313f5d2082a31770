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
        The filters of each stage; between stages images are halved.
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
        layers: list[nn.Module] = []
        channels = config.in_channels
        for stage, width in enumerate(config.widths):
            layers += [nn.MaxPool2d(2)] if stage else []
            for _ in range(config.depth if stage else 1):
                layers += [
                    nn.Conv2d(channels, width, 3, padding=1, bias=False, generator=generator),
                    nn.BatchNorm2d(width),
                    nn.ReLU(),
                ]
                channels = width
        self.features = nn.Sequential(*layers)
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
