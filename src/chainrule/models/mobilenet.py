"""MobileNet: convolutions of each channel by itself, 1 by 1 convolutions between (M. Sandler et al., 2018)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from chainrule import nn
from chainrule.nn import init
from chainrule.random import Generator


class Stage(NamedTuple):
    """Blocks of one width.

    Attributes
    ----------
    expansion : int
        By how much a block multiplies its channels inside.
    channels : int
        The channels of its result.
    blocks : int
        How many there are.
    stride : int
        The step of the first.
    """

    expansion: int
    channels: int
    blocks: int
    stride: int


@dataclass(frozen=True)
class MobileNetConfig:
    """The shape of a `MobileNet`; by default for images of about 32 by 32 pixels.

    Attributes
    ----------
    in_channels : int
        The channels of an image.
    classes : int
        How many there are.
    stem : int
        The filters of the first convolution.
    stem_stride : int
        Its step.
    stages : tuple of Stage
        What follows.
    features : int
        The width of the last 1 by 1 convolution.
    dropout : float
        Of the averaged features.
    """

    in_channels: int = 3
    classes: int = 10
    stem: int = 16
    stem_stride: int = 1
    stages: tuple[Stage, ...] = (Stage(1, 16, 1, 1), Stage(4, 24, 2, 2), Stage(4, 40, 3, 2), Stage(4, 80, 2, 2))
    features: int = 256
    dropout: float = 0.1


class InvertedResidual(nn.Module):
    """Widen with a 1 by 1 convolution, convolve each channel by itself, narrow again; the input is added if it fits.

    Parameters
    ----------
    in_channels, channels : int
        Channels of input and result.
    stride : int
        The step of the depthwise convolution.
    expansion : int
        By how much channels are multiplied inside; 1 leaves the first convolution out.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(
        self, in_channels: int, channels: int, stride: int, expansion: int, *, generator: Generator | None = None
    ):
        inside = in_channels * expansion
        widen = _convolution(in_channels, inside, 1, 1, 1, generator) if expansion > 1 else ()
        depthwise = _convolution(inside, inside, 3, stride, inside, generator)
        narrow = _convolution(inside, channels, 1, 1, 1, generator)[:-1]  # without an activation
        self.layers = nn.Sequential(*widen, *depthwise, *narrow)
        self.adds_input = stride == 1 and in_channels == channels

    def forward(self, x: Any) -> Any:
        """Apply the block to a Tensor of shape (N, in_channels, H, W)."""
        y = self.layers(x)
        return x + y if self.adds_input else y


class MobileNet(nn.Module):
    """A network of inverted residual blocks, small in weights and in operations.

    Parameters
    ----------
    config : MobileNetConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, config: MobileNetConfig, *, generator: Generator | None = None):
        self.config = config
        channels = config.stem
        layers: list[nn.Module] = [*_convolution(config.in_channels, channels, 3, config.stem_stride, 1, generator)]
        for stage in config.stages:
            for k in range(stage.blocks):
                stride = 1 if k else stage.stride
                layers.append(InvertedResidual(channels, stage.channels, stride, stage.expansion, generator=generator))
                channels = stage.channels
        layers += _convolution(channels, config.features, 1, 1, 1, generator)
        self.features = nn.Sequential(*layers)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.features, config.classes, generator=generator)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)

    def forward(self, images: Any) -> Any:
        """Score classes.

        Parameters
        ----------
        images : Tensor or Array, shape (N, in_channels, H, W)
            The images.

        Returns
        -------
        Tensor, shape (N, classes)
            Logits.
        """
        features = self.features(images).mean(axis=(2, 3))  # (N, features)
        return self.classifier(self.dropout(features))


def _convolution(
    in_channels: int, channels: int, size: int, stride: int, groups: int, generator: Generator | None
) -> tuple[nn.Module, ...]:
    """A convolution, batch normalisation and ReLU6."""
    convolution = nn.Conv2d(
        in_channels, channels, size, stride, size // 2, groups=groups, bias=False, generator=generator
    )
    return convolution, nn.BatchNorm2d(channels), nn.ReLU6()
