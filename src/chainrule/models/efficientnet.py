"""EfficientNet-Lite (M. Tan and Q. Le, 2019): no squeeze-and-excitation and ReLU6, so that it runs anywhere."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from chainrule import nn, ops
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
    size : int
        The width of the depthwise kernels.
    """

    expansion: int
    channels: int
    blocks: int
    stride: int
    size: int


@dataclass(frozen=True)
class EfficientNetConfig:
    """The shape of an `EfficientNet`; by default that of EfficientNet-Lite0, made for 224 by 224 pixels.

    Attributes
    ----------
    in_channels : int
        The channels of an image.
    classes : int
        How many there are.
    stem : int
        The filters of the first convolution.
    stages : tuple of Stage
        What follows.
    features : int
        The width of the last 1 by 1 convolution.
    dropout : float
        Of the averaged features.
    """

    in_channels: int = 3
    classes: int = 1000
    stem: int = 32
    stages: tuple[Stage, ...] = (
        Stage(1, 16, 1, 1, 3),
        Stage(6, 24, 2, 2, 3),
        Stage(6, 40, 2, 2, 5),
        Stage(6, 80, 3, 2, 3),
        Stage(6, 112, 3, 1, 5),
        Stage(6, 192, 4, 2, 5),
        Stage(6, 320, 1, 1, 3),
    )
    features: int = 1280
    dropout: float = 0.2


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's "same": to one result for every `stride` pixels, the odd zero at the end."""

    def forward(self, input: Any) -> Any:
        """Apply it to a Tensor of shape (N, C, H, W)."""
        padding = tuple(map(_around, input.shape[2:], self.kernel_size, self.stride))
        return ops.conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


def _around(size: int, kernel: int, stride: int) -> tuple[int, int]:
    results = -(-size // stride)
    total = max((results - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Block(nn.Module):
    """Widen with a 1 by 1 convolution, convolve each channel by itself, narrow again; the input is added if it fits.

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    stage : Stage
        Its other sizes.
    stride : int
        The step of the depthwise convolution.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, in_channels: int, stage: Stage, stride: int, *, generator: Generator | None = None):
        inside = in_channels * stage.expansion
        self.expand = None
        if stage.expansion > 1:
            self.expand = nn.Sequential(*_convolution(in_channels, inside, generator=generator), nn.ReLU6())
        depthwise = _convolution(inside, inside, stage.size, stride, groups=inside, generator=generator)
        self.depthwise = nn.Sequential(*depthwise, nn.ReLU6())
        self.project = nn.Sequential(*_convolution(inside, stage.channels, generator=generator))
        self.adds_input = stride == 1 and in_channels == stage.channels

    def forward(self, x: Any) -> Any:
        """Apply the block to a Tensor of shape (N, in_channels, H, W)."""
        y = x if self.expand is None else self.expand(x)
        y = self.project(self.depthwise(y))
        return x + y if self.adds_input else y


class EfficientNet(nn.Module):
    """A network of inverted residual blocks whose published weights classify photos.

    Parameters
    ----------
    config : EfficientNetConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, config: EfficientNetConfig | None = None, *, generator: Generator | None = None):
        self.config = config = config or EfficientNetConfig()
        stem = _convolution(config.in_channels, config.stem, 3, 2, generator=generator)
        self.stem = nn.Sequential(*stem, nn.ReLU6())
        channels, blocks = config.stem, []
        for stage in config.stages:
            for k in range(stage.blocks):
                blocks.append(Block(channels, stage, 1 if k else stage.stride, generator=generator))
                channels = stage.channels
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(*_convolution(channels, config.features, generator=generator), nn.ReLU6())
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
        return self.classifier(self.dropout(self.embed(images)))

    def embed(self, images: Any) -> Any:
        """Describe images.

        Parameters
        ----------
        images : Tensor or Array, shape (N, in_channels, H, W)
            The images.

        Returns
        -------
        Tensor, shape (N, features)
            What the classifier sees of them.
        """
        return self.head(self.blocks(self.stem(images))).mean(axis=(2, 3))


def _convolution(
    in_channels: int,
    channels: int,
    size: int = 1,
    stride: int = 1,
    groups: int = 1,
    *,
    generator: Generator | None,
) -> tuple[nn.Module, nn.Module]:
    """A convolution, and batch normalisation with TensorFlow's settings."""
    convolution = SameConv2d(in_channels, channels, size, stride, groups=groups, bias=False, generator=generator)
    return convolution, nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
