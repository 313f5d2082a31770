"""Residual networks under torchvision's names, which are ours and timm's too, and under those of transformers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chainrule import nn
from chainrule.interop.families.family import Arrival, Family, Pixels
from chainrule.interop.names import NameMap
from chainrule.interop.weights import Weights
from chainrule.models.resnet import ResNet, ResNetConfig

__all__ = ["ResNetFamily"]

_BLOCK = re.compile(r"layer(\d+)\.\d+\.conv1\.weight")
_TRANSFORMERS = NameMap(
    ("resnet.embedder.embedder.convolution.{}", "conv1.{}"),
    ("resnet.embedder.embedder.normalization.{}", "bn1.{}"),
    ("classifier.1.{}", "fc.{}"),
    *(
        (f"resnet.encoder.stages.{stage}.layers.{{}}.{there}.{{}}", f"layer{stage + 1}.{{}}.{here}.{{}}")
        for stage in range(4)
        for there, here in (
            *((f"layer.{k}.convolution", f"conv{k + 1}") for k in range(3)),
            *((f"layer.{k}.normalization", f"bn{k + 1}") for k in range(3)),
            ("shortcut.convolution", "downsample.0"),
            ("shortcut.normalization", "downsample.1"),
        )
    ),
)


class ResNetFamily(Family):
    """Residual networks."""

    title = "ResNet"
    model = ResNet
    names = _TRANSFORMERS
    head = "fc"
    pixels = Pixels((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))  # of ImageNet

    def recognises(self, weights: Weights) -> bool:
        """Tell it by the names of its first block and of its classifier."""
        names = {arrival.name for arrival in self.arrivals(weights.arrays)}
        return {"conv1.weight", "layer1.0.conv1.weight", "layer1.0.bn1.weight", "fc.weight"} <= names

    def build(self, weights: Weights, classes: int | None) -> nn.Module:
        """Make a `ResNet` of the stages that the names tell; what shapes cannot tell is as torchvision has it."""
        arrays = {arrival.name: arrival.array for arrival in self.arrivals(weights.arrays)}
        stem = arrays["conv1.weight"]  # (F, C, k, k)
        of_blocks = [match[1] for name in arrays if (match := _BLOCK.fullmatch(name))]
        stages = sorted(set(of_blocks))
        config = ResNetConfig(
            in_channels=stem.shape[1],
            classes=classes or len(arrays["fc.weight"]),
            widths=tuple(len(arrays[f"layer{stage}.0.conv1.weight"]) for stage in stages),
            blocks=tuple(of_blocks.count(stage) for stage in stages),
            large_images=stem.shape[-1] == 7,
            projection=any(".downsample." in name for name in arrays),
            bottleneck="layer1.0.conv3.weight" in arrays,
        )
        return ResNet(config)

    def describe(self, model: Any) -> dict[str, Any]:
        """Name the architecture as timm does."""
        convolutions = 3 if model.config.bottleneck else 2
        depth = 2 + convolutions * sum(model.config.blocks)
        return {"architecture": f"resnet{depth}", "num_classes": model.config.classes}

    def arrivals(self, arrays: Mapping[str, np.ndarray]) -> Iterator[Arrival]:
        """Give transformers' arrays our names, and leave torchvision's as they are."""
        return (Arrival(self.names.here(name) or name, array, (name,)) for name, array in arrays.items())

    def departures(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Leave names as they are."""
        return dict(arrays)
