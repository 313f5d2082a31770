"""Transformers that read images as sequences of patches (A. Dosovitskiy et al., 2020), and what pre-trains them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.models.language_model import initialise
from chainrule.models.transformer_parts import LayerConfig
from chainrule.nn import init
from chainrule.random import Generator


@dataclass(frozen=True)
class VisionTransformerConfig(LayerConfig):
    """The shape of a `VisionTransformer`, besides that of its layers.

    Attributes
    ----------
    width : int
        As in `LayerConfig`.
    activation : {"relu", "gelu", "gelu_tanh"}
        As in `LayerConfig`.
    dropout : float
        As in `LayerConfig`.
    in_channels : int
        The channels of an image.
    classes : int
        How many there are.
    image_size : tuple of int
        Height and width of an image.
    patch : int
        Height and width of a patch.
    layers : int
        How many layers there are.
    """

    in_channels: int = 3
    classes: int = 10
    image_size: tuple[int, int] = (32, 32)
    patch: int = 4
    layers: int = 4
    width: int = field(default=128, kw_only=True)
    activation: str = field(default="gelu", kw_only=True)
    dropout: float = field(default=0.0, kw_only=True)

    @property
    def patches(self) -> int:
        """How many patches an image has."""
        height, width = self.image_size
        return (height // self.patch) * (width // self.patch)

    @property
    def patch_size(self) -> int:
        """How many numbers a patch has."""
        return self.patch**2 * self.in_channels


def cut_patches(images: Any, patch: int) -> Any:
    """Cut images into square patches, row by row.

    Parameters
    ----------
    images : Tensor or Array, shape (N, C, H, W)
        The images.
    patch : int
        Height and width of a patch.

    Returns
    -------
    Tensor or Array, shape (N, T, patch * patch * C)
        The numbers of each patch, those of a pixel side by side.

    Raises
    ------
    ValueError
        If height or width is no multiple of `patch`.
    """
    count, channels, height, width = images.shape
    if height % patch or width % patch:
        raise ValueError(f"cut_patches expected multiples of {patch} as height and width, but got {height} and {width}")
    inside = ops.transpose(images, axes=(0, 2, 3, 1))  # (N, H, W, C)
    pieces = ops.reshape(inside, (count, height // patch, patch, width // patch, patch, channels))
    pieces = ops.transpose(pieces, axes=(0, 1, 3, 2, 4, 5))  # (N, rows, columns, patch, patch, C)
    return ops.reshape(pieces, (count, -1, patch * patch * channels))


class VisionTransformer(nn.Module):
    """Patches that look at each other, and the mean of what they make of it.

    Parameters
    ----------
    config : VisionTransformerConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    embedding: nn.Linear
    positions: nn.LearnedPositions
    layers: nn.ModuleList
    norm: nn.Module
    head: nn.Linear

    def __init__(self, config: VisionTransformerConfig, *, generator: Generator | None = None):
        self.config = config
        self.embedding = nn.Linear(config.patch_size, config.width, generator=generator)
        self.positions = nn.LearnedPositions(config.patches, config.width, generator=generator)
        self.layers, self.norm = _stack(config, config.layers, generator)
        self.head = nn.Linear(config.width, config.classes, generator=generator)

    def forward(self, images: Any) -> Tensor:
        """Score classes.

        Parameters
        ----------
        images : Tensor or Array, shape (N, in_channels, *image_size)
            The images.

        Returns
        -------
        Tensor, shape (N, classes)
            Logits.
        """
        return self.head(ops.mean(self.features(cut_patches(images, self.config.patch)), axis=1))

    def features(self, patches: Any, places: Any = None) -> Tensor:
        """Describe patches by what all of them show.

        Parameters
        ----------
        patches : Tensor or Array, shape (N, T, patch_size)
            As `cut_patches` returns them, all or some.
        places : Array of int, shape (N, T), optional
            Which patches of the image these are; all in their order by default.

        Returns
        -------
        Tensor, shape (N, T, E)
            A row a patch.
        """
        x = self.positions(self.embedding(patches), places)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class PatchDecoder(nn.Module):
    """Paints hidden patches from descriptions of those that are seen.

    Parameters
    ----------
    shape : VisionTransformerConfig
        That of the network that describes patches; this one is half as wide.
    layers : int
        How many layers there are.
    generator : Generator, optional
        Draws the initial weights.
    """

    bridge: nn.Linear
    hidden: nn.Parameter  # (D,)
    positions: nn.LearnedPositions
    layers: nn.ModuleList
    norm: nn.Module
    output: nn.Linear

    def __init__(self, shape: VisionTransformerConfig, layers: int, *, generator: Generator | None = None):
        width = max(1, shape.width // 2 // shape.heads) * shape.heads
        config = LayerConfig(width=width, heads=shape.heads, activation=shape.activation, dropout=0.0)
        self.bridge = nn.Linear(shape.width, width, generator=generator)
        self.hidden = nn.Parameter(np.empty(width, np.float32))
        init.normal_(self.hidden, std=0.02, generator=generator)
        self.positions = nn.LearnedPositions(shape.patches, width, generator=generator)
        self.layers, self.norm = _stack(config, layers, generator)
        self.output = nn.Linear(width, shape.patch_size, generator=generator)

    def forward(self, features: Any, seen: Any, hidden: Any) -> Tensor:
        """Paint hidden patches.

        Parameters
        ----------
        features : Tensor, shape (N, V, E)
            Of the patches that are seen.
        seen : Array of int, shape (N, V)
            Their places in the image.
        hidden : Array of int, shape (N, M)
            The places of those that are hidden.

        Returns
        -------
        Tensor, shape (N, M, patch_size)
            What the hidden ones may show.
        """
        known = self.positions(self.bridge(features), seen)  # (N, V, D)
        asked = self.positions(ops.broadcast_to(self.hidden, shape=(*hidden.shape, self.hidden.shape[0])), hidden)
        x = ops.concatenate([known, asked], axis=1)  # the order of patches makes no difference
        for layer in self.layers:
            x = layer(x)
        return self.output(self.norm(x[:, seen.shape[1] :]))


class MaskedAutoencoder(nn.Module):
    """Paints the hidden patches of images from those that are seen (K. He et al., 2021).

    The encoder reads only the patches that are seen, so that hiding most of them saves most of the work.

    Parameters
    ----------
    encoder : VisionTransformer
        Describes patches; its head is not used.
    layers : int, default 1
        Of the decoder.
    generator : Generator, optional
        Draws the initial weights of the decoder.
    """

    encoder: VisionTransformer
    decoder: PatchDecoder

    def __init__(self, encoder: VisionTransformer, layers: int = 1, *, generator: Generator | None = None):
        self.encoder = encoder
        self.decoder = PatchDecoder(encoder.config, layers, generator=generator)

    def forward(self, patches: Any, seen: Any, hidden: Any) -> Tensor:
        """Paint hidden patches.

        Parameters
        ----------
        patches : Tensor or Array, shape (N, V, patch_size)
            Those that are seen.
        seen, hidden : Array of int, shapes (N, V) and (N, M)
            The places of these and of the others.

        Returns
        -------
        Tensor, shape (N, M, patch_size)
            What the hidden ones may show.
        """
        return self.decoder(self.encoder.features(patches, seen), seen, hidden)


def _stack(config: LayerConfig, count: int, generator: Generator | None) -> tuple[nn.ModuleList, nn.Module]:
    """Layers and the norm after the last."""
    layers = nn.ModuleList(config.layer(nn.TransformerEncoderLayer, generator) for _ in range(count))
    initialise(layers, generator)
    return layers, config.last_norm()
