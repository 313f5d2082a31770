"""EfficientNet-Lite0 under the names of ``efficientnet_lite_pytorch``."""

from __future__ import annotations

from typing import Any

from chainrule import nn
from chainrule.interop.families.family import Family, Pixels
from chainrule.interop.names import NameMap
from chainrule.interop.weights import Weights
from chainrule.models.efficientnet import EfficientNet, EfficientNetConfig

__all__ = ["EfficientNetFamily"]


class EfficientNetFamily(Family):
    """EfficientNet-Lite0."""

    title = "EfficientNet-Lite0"
    model = EfficientNet
    head = "classifier"
    pixels = Pixels((127.0, 127.0, 127.0), (128.0, 128.0, 128.0))
    names = NameMap(
        ("_conv_stem.{}", "stem.0.{}"),
        ("_bn0.{}", "stem.1.{}"),
        ("_blocks.{}._expand_conv.{}", "blocks.{}.expand.0.{}"),
        ("_blocks.{}._bn0.{}", "blocks.{}.expand.1.{}"),
        ("_blocks.{}._depthwise_conv.{}", "blocks.{}.depthwise.0.{}"),
        ("_blocks.{}._bn1.{}", "blocks.{}.depthwise.1.{}"),
        ("_blocks.{}._project_conv.{}", "blocks.{}.project.0.{}"),
        ("_blocks.{}._bn2.{}", "blocks.{}.project.1.{}"),
        ("_conv_head.{}", "head.0.{}"),
        ("_bn1.{}", "head.1.{}"),
        ("_fc.{}", "classifier.{}"),
    )

    def recognises(self, weights: Weights) -> bool:
        """Tell it by its names; larger EfficientNets have squeeze-and-excitation."""
        names = weights.arrays
        return "_conv_stem.weight" in names and "_blocks.0._se_reduce.weight" not in names and "_fc.weight" in names

    def build(self, weights: Weights, classes: int | None) -> nn.Module:
        """Make an `EfficientNet` for the channels and classes of the weights."""
        in_channels = weights.arrays["_conv_stem.weight"].shape[1]
        return EfficientNet(EfficientNetConfig(in_channels, classes or len(weights.arrays["_fc.weight"])))

    def describe(self, model: Any) -> dict[str, Any]:
        """Name the architecture."""
        return {"architecture": "efficientnet-lite0", "num_classes": model.config.classes}
