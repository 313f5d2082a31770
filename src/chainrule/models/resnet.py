"""Residual networks (K. He, X. Zhang, S. Ren and J. Sun, 2015), with torchvision's names of weights."""

from dataclasses import dataclass
from typing import Any

from chainrule import nn, ops
from chainrule.kernels.reference.windows import channels_first, channels_last
from chainrule.nn import init
from chainrule.random import Generator

_FOUR_STAGES = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


@dataclass(frozen=True)
class ResNetConfig:
    """The shape of a `ResNet`.

    Attributes
    ----------
    in_channels : int
        The channels of an image.
    classes : int
        How many there are.
    widths : tuple of int
        The filters of each stage; every stage but the first begins by halving images.
    blocks : tuple of int
        How many blocks each stage has.
    large_images : bool
        Begin with a 7 by 7 convolution and pooling, which make images four times smaller, as for ImageNet.
    projection : bool
        Where a block changes the shape, let a 1 by 1 convolution carry its input past it. Otherwise every other pixel
        is carried, and zeros fill the new channels, which takes no weights.
    bottleneck : bool
        Make blocks of three convolutions, the middle one of these widths, the last four times as wide; this needs
        the projection. Otherwise blocks have two.
    """

    in_channels: int = 3
    classes: int = 10
    widths: tuple[int, ...] = (16, 32, 64)
    blocks: tuple[int, ...] = (3, 3, 3)
    large_images: bool = False
    projection: bool = False
    bottleneck: bool = False

    @classmethod
    def of_depth(
        cls, depth: int, in_channels: int = 3, classes: int = 10, large_images: bool = False
    ) -> "ResNetConfig":
        """Return one of the paper's networks.

        Parameters
        ----------
        depth : int
            18, 34, 50, 101 or 152, made for ImageNet; or 20, 32, 44, 56, ..., made for images of 32 by 32 pixels.
        in_channels, classes : int
            As above.
        large_images : bool, default False
            As above; only for the depths made for ImageNet.

        Returns
        -------
        ResNetConfig
            Its shape.

        Raises
        ------
        ValueError
            If the paper has none of this depth.
        """
        if depth in _FOUR_STAGES:
            widths, blocks = (64, 128, 256, 512), _FOUR_STAGES[depth]
            return cls(in_channels, classes, widths, blocks, large_images, projection=True, bottleneck=depth >= 50)
        if depth < 8 or (depth - 2) % 6 or large_images:
            raise ValueError(
                f"ResNet expected depth {', '.join(map(str, _FOUR_STAGES))}, or for small images 6 n + 2 such as 20, "
                f"32, 44 or 56, but got {depth}"
            )
        return cls(in_channels, classes, blocks=((depth - 2) // 6,) * 3)


class BasicBlock(nn.Module):
    """Two 3 by 3 convolutions, to whose result the input is added.

    Parameters
    ----------
    in_channels, channels : int
        Channels of input and result.
    stride : int
        The step of the first convolution.
    projection : bool
        As in `ResNetConfig`.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int = 1,
        projection: bool = True,
        *,
        generator: Generator | None = None,
    ):
        self.stride, self.added = stride, channels - in_channels
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False, generator=generator)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False, generator=generator)
        self.bn2 = nn.BatchNorm2d(channels)
        projected = projection and (stride != 1 or self.added)
        self.downsample = _projection(in_channels, channels, stride, generator) if projected else None

    def forward(self, x: Any) -> Any:
        """Apply the block to a Tensor of shape (N, in_channels, H, W)."""
        y = self.bn1(self.conv1(x), relu=True)
        return self.bn2(self.conv2(y), residual=self._shortcut(x), relu=True)

    def _shortcut(self, x: Any) -> Any:
        if self.downsample is not None:
            return self.downsample(x)
        if self.stride == 1 and not self.added:
            return x
        x = channels_last(x)[:, :: self.stride, :: self.stride]  # in the order of memory, and so is its gradient
        before = self.added // 2
        return channels_first(ops.pad(x, pad_width=((0, 0), (0, 0), (0, 0), (before, self.added - before))))


class Bottleneck(nn.Module):
    """A 3 by 3 convolution between two of 1 by 1, the last of which widens; the input is added to the result.

    The stride is that of the 3 by 3 convolution, as in torchvision, not of the first one, as in the paper.

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    channels : int
        Channels in the middle; the result has four times as many.
    stride : int
        The step of the middle convolution.
    generator : Generator, optional
        Draws the initial weights.
    """

    expansion = 4

    def __init__(self, in_channels: int, channels: int, stride: int = 1, *, generator: Generator | None = None):
        wide = self.expansion * channels
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False, generator=generator)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False, generator=generator)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, wide, 1, bias=False, generator=generator)
        self.bn3 = nn.BatchNorm2d(wide)
        projected = stride != 1 or in_channels != wide
        self.downsample = _projection(in_channels, wide, stride, generator) if projected else None

    def forward(self, x: Any) -> Any:
        """Apply the block to a Tensor of shape (N, in_channels, H, W)."""
        y = self.bn1(self.conv1(x), relu=True)
        y = self.bn2(self.conv2(y), relu=True)
        return self.bn3(self.conv3(y), residual=x if self.downsample is None else self.downsample(x), relu=True)


def _projection(in_channels: int, channels: int, stride: int, generator: Generator | None) -> nn.Sequential:
    """What carries the input past a block that changes its shape."""
    convolution = nn.Conv2d(in_channels, channels, 1, stride, bias=False, generator=generator)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels))


class ResNet(nn.Module):
    """A residual network.

    Parameters
    ----------
    config : ResNetConfig
        Its shape; ``ResNetConfig.of_depth(20)`` for one of the paper's.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, config: ResNetConfig, *, generator: Generator | None = None):
        self.config = config
        channels = config.widths[0]
        size, stride = (7, 2) if config.large_images else (3, 1)
        self.conv1 = nn.Conv2d(config.in_channels, channels, size, stride, size // 2, bias=False, generator=generator)
        self.bn1 = nn.BatchNorm2d(channels)
        self.stages = tuple(f"layer{i + 1}" for i in range(len(config.widths)))
        for i, (name, width, count) in enumerate(zip(self.stages, config.widths, config.blocks)):
            blocks: list[nn.Module] = []
            for k in range(count):
                step = 2 if i and not k else 1
                if config.bottleneck:
                    blocks.append(Bottleneck(channels, width, step, generator=generator))
                    channels = Bottleneck.expansion * width
                else:
                    blocks.append(BasicBlock(channels, width, step, config.projection, generator=generator))
                    channels = width
            setattr(self, name, nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, config.classes, generator=generator)
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
        x = self.bn1(self.conv1(images), relu=True)
        if self.config.large_images:
            x = nn.functional.max_pool2d(x, 3, 2, 1)
        for name in self.stages:
            x = getattr(self, name)(x)
        return self.fc(x.mean(axis=(2, 3)))
