"""Residual networks under torchvision's names, which are ours too; timm's ``resnet18`` has the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chainrule import nn
from chainrule.interop.families.family import Arrival, Family
from chainrule.interop.names import NameMap
from chainrule.interop.weights import Weights
from chainrule.models.resnet import ResNet, ResNetConfig

__all__ = ["ResNetFamily"]

_BLOCK = re.compile(r"layer(\d+)\.(\d+)\.conv1\.weight")


class ResNetFamily(Family):
    """Residual networks of basic blocks."""

    title = "ResNet"
    model = ResNet
    head = "fc"
    names = NameMap()  # there is nothing to rename

    def recognises(self, weights: Weights) -> bool:
        """Tell it by the names of its first block and of its classifier."""
        return {"conv1.weight", "layer1.0.conv1.weight", "layer1.0.bn1.weight", "fc.weight"} <= set(weights.arrays)

    def build(self, weights: Weights, classes: int | None) -> nn.Module:
        """Make a `ResNet` of the stages that the names tell; what shapes cannot tell is as torchvision has it."""
        arrays = weights.arrays
        stem = arrays["conv1.weight"]  # (F, C, k, k)
        blocks = sorted((int(stage), int(block)) for stage, block in _matches(arrays))
        stages = sorted({stage for stage, _ in blocks})
        config = ResNetConfig(
            in_channels=stem.shape[1],
            classes=classes or len(arrays["fc.weight"]),
            widths=tuple(len(arrays[f"layer{stage}.0.conv1.weight"]) for stage in stages),
            blocks=tuple(sum(of == stage for of, _ in blocks) for stage in stages),
            large_images=stem.shape[-1] == 7,
            projection=any(".downsample." in name for name in arrays),
        )
        return ResNet(config)

    def describe(self, model: Any) -> dict[str, Any]:
        """Name the architecture as timm does."""
        depth = 2 + 2 * sum(model.config.blocks)
        return {"architecture": f"resnet{depth}", "num_classes": model.config.classes}

    def arrivals(self, arrays: Mapping[str, np.ndarray]) -> Iterator[Arrival]:
        """Leave names as they are."""
        return (Arrival(name, array, (name,)) for name, array in arrays.items())


def _matches(names: Any) -> list[tuple[str, str]]:
    return [match.groups() for name in names if (match := _BLOCK.fullmatch(name))]  # type: ignore[misc]
