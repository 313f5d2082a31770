"""The networks that can be trained on images, made for the images at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from chainrule.errors import ConfigError
from chainrule.models import (
    ConvNet,
    ConvNetConfig,
    LeNet,
    LeNetConfig,
    MobileNet,
    MobileNetConfig,
    ResNet,
    ResNetConfig,
    VisionTransformer,
    VisionTransformerConfig,
)
from chainrule.nn import Identity, LayerNorm, Linear, Module, ModuleList, Sequential
from chainrule.nn.running_statistics import RunningStatistics
from chainrule.random import Generator

__all__ = ["NETWORKS", "Shape", "head_of", "layers_of", "make_body", "make_network"]

_SMALLEST = 8
_LARGE = 96  # from this height on, a network for large images makes them smaller at once


@dataclass(frozen=True)
class Shape:
    """What goes into a network and what comes out.

    Attributes
    ----------
    channels, height, width : int
        Of an image.
    classes : int
        How many there are.
    factor : float
        By which the number of filters is multiplied.
    """

    channels: int
    height: int
    width: int
    classes: int
    factor: float = 1.0

    def filters(self, *counts: int) -> tuple[int, ...]:
        """Multiply numbers of filters.

        Parameters
        ----------
        *counts : int
            The numbers.

        Returns
        -------
        tuple of int
            The products, rounded, at least 1.
        """
        return tuple(max(1, round(self.factor * count)) for count in counts)

    @property
    def is_large(self) -> bool:
        """Whether images are so large that they are best made smaller at once."""
        return min(self.height, self.width) >= _LARGE


def make_network(name: str, shape: Shape, generator: Generator) -> Module:
    """Make an untrained network.

    Parameters
    ----------
    name : str
        One of `NETWORKS`.
    shape : Shape
        What goes in and what comes out.
    generator : Generator
        Draws the initial weights.

    Returns
    -------
    Module
        From images (N, channels, height, width) to logits (N, classes).

    Raises
    ------
    ConfigError
        When images are too small.
    """
    if min(shape.height, shape.width) < _SMALLEST:
        raise ConfigError(
            f"images of {shape.width}x{shape.height} pixels are too small for {name}: give --image-size {_SMALLEST} or "
            f"more"
        )
    return NETWORKS[name](shape, generator)


def head_of(network: Module) -> tuple[str, Linear]:
    """Find the layer that scores the classes, which is the last of every network.

    Parameters
    ----------
    network : Module
        What `make_network` made.

    Returns
    -------
    name : str
        What it is called in the network.
    head : Linear
        The layer.
    """
    name, head = list(network.named_children())[-1]
    assert isinstance(head, Linear)
    return name, head


def layers_of(network: Module) -> list[list[Module]]:
    """List the layers of a network from the images to the head, which is the last.

    Parameters
    ----------
    network : Module
        What `make_network` made.

    Returns
    -------
    list of list of Module
        For each layer what has weights in it: a convolution, a block or a linear layer, and the normalisation after it.
    """
    layers: list[list[Module]] = []
    for child in network.children():
        for part in child.children() if isinstance(child, (Sequential, ModuleList)) else [child]:
            if layers and isinstance(part, (RunningStatistics, LayerNorm)):
                layers[-1].append(part)
            elif part.num_parameters():
                layers.append([part])
    return layers


def make_body(name: str, shape: Shape, generator: Generator) -> tuple[Module, int]:
    """Make an untrained network that describes images instead of scoring classes.

    Parameters
    ----------
    name, shape, generator : str, Shape, Generator
        As for `make_network`.

    Returns
    -------
    body : Module
        From images (N, channels, height, width) to features (N, width), its weights called as in the network.
    width : int
        How many features an image has.

    Raises
    ------
    ConfigError
        When images are too small.
    """
    body = make_network(name, shape, generator)
    place, head = head_of(body)
    setattr(body, place, Identity())
    return body, head.in_features


def _lenet(shape: Shape, generator: Generator) -> Module:
    plain = LeNetConfig(shape.channels, shape.classes, (shape.height, shape.width))
    first, second = shape.filters(*plain.filters)
    (hidden,) = shape.filters(plain.hidden)
    return LeNet(replace(plain, filters=(first, second), hidden=hidden), generator=generator)


def _convnet(shape: Shape, generator: Generator) -> Module:
    plain = ConvNetConfig(shape.channels, shape.classes)
    return ConvNet(replace(plain, widths=shape.filters(*plain.widths)), generator=generator)


def _resnet(depth: int) -> Callable[[Shape, Generator], Module]:
    def make(shape: Shape, generator: Generator) -> Module:
        large = depth in (18, 34) and shape.is_large
        plain = ResNetConfig.of_depth(depth, shape.channels, shape.classes, large)
        return ResNet(replace(plain, widths=shape.filters(*plain.widths)), generator=generator)

    return make


def _mobilenet(shape: Shape, generator: Generator) -> Module:
    plain = MobileNetConfig(shape.channels, shape.classes, stem_stride=2 if shape.is_large else 1)
    stem, features = shape.filters(plain.stem, plain.features)
    stages = tuple(stage._replace(channels=shape.filters(stage.channels)[0]) for stage in plain.stages)
    return MobileNet(replace(plain, stem=stem, stages=stages, features=features), generator=generator)


def _vit(shape: Shape, generator: Generator) -> Module:
    heads = VisionTransformerConfig.heads
    plain = VisionTransformerConfig(shape.channels, shape.classes, (shape.height, shape.width), _patch(shape))
    (width,) = shape.filters(plain.width // heads)  # of a head
    return VisionTransformer(replace(plain, width=heads * width), generator=generator)


def _patch(shape: Shape) -> int:
    """The size of patches: about eight of them in a row, of two pixels or more."""
    smaller = min(shape.height, shape.width)
    sizes = [size for size in range(2, smaller // 4 + 1) if shape.height % size == 0 == shape.width % size]
    for size in sizes:
        if size >= smaller / 8:
            return size
    raise ConfigError(
        f"images of {shape.width}x{shape.height} pixels cannot be cut into small square patches for vit: give "
        f"--image-size {8 * max(1, round(smaller / 8))}"
    )


#: From the name of a network to what makes it.
NETWORKS: Mapping[str, Callable[[Shape, Generator], Module]] = {
    "lenet": _lenet,
    "convnet": _convnet,
    "resnet20": _resnet(20),
    "resnet18": _resnet(18),
    "mobilenet": _mobilenet,
    "vit": _vit,
}
