"""Stacks of Transformer layers."""

import copy
from typing import Any

from chainrule.nn.attention import MultiHeadAttention
from chainrule.nn.containers import ModuleList
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.nn.transformer import TransformerDecoderLayer, TransformerEncoderLayer
from chainrule.random import Generator


class _Stack(Module):
    """Copies of a layer, each with initial weights of its own, and a last norm if one is given."""

    layers: ModuleList
    num_layers: int
    norm: Module | None

    def _set_up(self, layer: Module, num_layers: int, norm: Module | None, generator: Generator | None) -> None:
        self.layers = ModuleList([layer, *(_redrawn(layer, generator) for _ in range(num_layers - 1))])
        self.num_layers, self.norm = num_layers, norm

    def _finished(self, x: Any) -> Any:
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """A stack of encoder layers.

    Parameters
    ----------
    encoder_layer : TransformerEncoderLayer
        The first layer; the others are copies of it, whose weights are drawn again.
    num_layers : int
        How many layers there are.
    norm : Module, optional
        Applied to the last layer's result; wanted where layers have ``norm_first=True``.
    generator : Generator, optional
        Draws the copies' initial weights; the ambient one by default.
    """

    def __init__(
        self,
        encoder_layer: TransformerEncoderLayer,
        num_layers: int,
        norm: Module | None = None,
        *,
        generator: Generator | None = None,
    ):
        self._set_up(encoder_layer, num_layers, norm, generator)

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """Read sequences.

        Parameters
        ----------
        src : Tensor or Array, shape (N, T, E)
            The sequences.
        mask : Array, shape (T, T) or (N * heads, T, T), optional
            As each layer takes it.
        src_key_padding_mask : Array, shape (N, T), optional
            As each layer takes it.
        is_causal : bool, default False
            Whether a place sees only what stands before it, and itself.

        Returns
        -------
        Tensor, shape (N, T, E)
            The same places, changed by what they saw.
        """
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, is_causal)
        return self._finished(src)


class TransformerDecoder(_Stack):
    """A stack of decoder layers.

    Parameters
    ----------
    decoder_layer : TransformerDecoderLayer
        The first layer; the others are copies of it, whose weights are drawn again.
    num_layers : int
        How many layers there are.
    norm : Module, optional
        Applied to the last layer's result; wanted where layers have ``norm_first=True``.
    generator : Generator, optional
        Draws the copies' initial weights; the ambient one by default.
    """

    def __init__(
        self,
        decoder_layer: TransformerDecoderLayer,
        num_layers: int,
        norm: Module | None = None,
        *,
        generator: Generator | None = None,
    ):
        self._set_up(decoder_layer, num_layers, norm, generator)

    def forward(self, tgt: Any, memory: Any, *masks: Any, **options: Any) -> Any:
        """Read target sequences beside a memory.

        Parameters
        ----------
        tgt : Tensor or Array, shape (N, T, E)
            The targets.
        memory : Tensor or Array, shape (N, S, E)
            What an encoder made of the sources.
        *masks, **options
            As `TransformerDecoderLayer.forward` takes them.

        Returns
        -------
        Tensor, shape (N, T, E)
            The same places, changed by what they saw.
        """
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks, **options)
        return self._finished(tgt)


def _redrawn(layer: Module, generator: Generator | None) -> Module:
    """A copy with other initial weights."""
    made = copy.deepcopy(layer)
    for module in made.modules():
        if isinstance(module, (Linear, MultiHeadAttention)):
            module.reset_parameters(generator=generator)
    return made
