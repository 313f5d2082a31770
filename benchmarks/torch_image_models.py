"""The image models in PyTorch, as its users write them, with the names of weights of `chainrule.models`."""

import torch
from torch import nn
from torch.nn import functional

from chainrule.models import LeNetConfig, MobileNetConfig, ResNetConfig


class LeNet(nn.Module):
    """Two convolutions of 5 by 5 with pooling, and two linear layers."""

    def __init__(self, config: LeNetConfig) -> None:
        super().__init__()
        first, second = config.filters
        height, width = (size // 4 for size in config.image_size)
        self.conv1 = nn.Conv2d(config.in_channels, first, 5, padding=2)
        self.conv2 = nn.Conv2d(first, second, 5, padding=2)
        self.fc1 = nn.Linear(second * height * width, config.hidden)
        self.fc2 = nn.Linear(config.hidden, config.classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Score classes."""
        x = functional.relu(functional.max_pool2d(self.conv1(images), 2))
        x = functional.relu(functional.max_pool2d(self.conv2(x), 2))
        return self.fc2(functional.relu(self.fc1(x.flatten(1))))


class BasicBlock(nn.Module):
    """Two 3 by 3 convolutions, to whose result the input is added."""

    def __init__(self, in_channels: int, channels: int, stride: int, projection: bool) -> None:
        super().__init__()
        self.stride, self.added = stride, channels - in_channels
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if projection and (stride != 1 or self.added):
            shortcut = nn.Conv2d(in_channels, channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the block."""
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        return functional.relu(self.bn2(self.conv2(y)) + self._shortcut(x), inplace=True)

    def _shortcut(self, x: torch.Tensor) -> torch.Tensor:
        if self.downsample is not None:
            return self.downsample(x)
        x = x[:, :, :: self.stride, :: self.stride]
        before = self.added // 2
        return functional.pad(x, (0, 0, 0, 0, before, self.added - before)) if self.added else x


class ResNet(nn.Module):
    """A residual network of basic blocks for small images."""

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        channels = config.widths[0]
        self.conv1 = nn.Conv2d(config.in_channels, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.stages = [f"layer{i + 1}" for i in range(len(config.widths))]
        for i, (name, width, count) in enumerate(zip(self.stages, config.widths, config.blocks)):
            blocks = []
            for k in range(count):
                blocks.append(BasicBlock(channels, width, 2 if i and not k else 1, config.projection))
                channels = width
            setattr(self, name, nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, config.classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Score classes."""
        x = functional.relu(self.bn1(self.conv1(images)), inplace=True)
        for name in self.stages:
            x = getattr(self, name)(x)
        return self.fc(x.mean(dim=(2, 3)))


class InvertedResidual(nn.Module):
    """Widen, convolve each channel by itself, narrow again."""

    def __init__(self, in_channels: int, channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        inside = in_channels * expansion
        widen = convolution(in_channels, inside, 1, 1, 1) if expansion > 1 else ()
        depthwise = convolution(inside, inside, 3, stride, inside)
        self.layers = nn.Sequential(*widen, *depthwise, *convolution(inside, channels, 1, 1, 1)[:-1])
        self.adds_input = stride == 1 and in_channels == channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the block."""
        return x + self.layers(x) if self.adds_input else self.layers(x)


class MobileNet(nn.Module):
    """A network of inverted residual blocks."""

    def __init__(self, config: MobileNetConfig) -> None:
        super().__init__()
        channels = config.stem
        layers = [*convolution(config.in_channels, channels, 3, config.stem_stride, 1)]
        for stage in config.stages:
            for k in range(stage.blocks):
                layers.append(InvertedResidual(channels, stage.channels, 1 if k else stage.stride, stage.expansion))
                channels = stage.channels
        self.features = nn.Sequential(*layers, *convolution(channels, config.features, 1, 1, 1))
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.features, config.classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Score classes."""
        return self.classifier(self.dropout(self.features(images).mean(dim=(2, 3))))


def convolution(in_channels: int, channels: int, size: int, stride: int, groups: int) -> tuple[nn.Module, ...]:
    """A convolution, batch normalisation and ReLU6."""
    layer = nn.Conv2d(in_channels, channels, size, stride, size // 2, groups=groups, bias=False)
    return layer, nn.BatchNorm2d(channels), nn.ReLU6(inplace=True)
