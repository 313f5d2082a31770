"""The Transformer encoder-decoder."""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.models.quick_places import QuickPlaces, quick_places, quick_step
from chainrule.models.transformer_parts import LayerConfig, TokenEmbedding, visible_places
from chainrule.nn import init
from chainrule.random import Generator


@dataclass(frozen=True)
class TransformerConfig(LayerConfig):
    """The shape of a `Transformer`, besides that of its layers.

    Attributes
    ----------
    positions : {"learned", "sinusoidal", "rotary"}
        As in `LayerConfig`.
    source_vocabulary, target_vocabulary : int
        How many symbols each side has.
    encoder_layers, decoder_layers : int
        How many layers each side has.
    tied : {"decoder", "all", "none"}
        Which tables are one: that of target symbols and the output, those and that of source symbols, or none.
    """

    source_vocabulary: int
    target_vocabulary: int
    encoder_layers: int = 3
    decoder_layers: int = 3
    tied: str = "decoder"
    positions: str = field(default="sinusoidal", kw_only=True)


class Memory(NamedTuple):
    """What a decoder keeps of N sources, the same for all hypotheses and steps."""

    layers: tuple[nn.KeyValues, ...]  # for each layer, (N, heads, S, E / heads)
    visible: Any  # (N, 1, 1, S), False at padding
    quick: QuickPlaces | None = None  # where a search can take a shorter way, and the layers' part is not needed


class Transformer(nn.Module):
    """An encoder-decoder of attention alone (A. Vaswani et al., 2017, arXiv 1706.03762).

    Parameters
    ----------
    config : TransformerConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.

    Raises
    ------
    ValueError
        If a setting is unknown, or one table is to serve vocabularies of two sizes.
    """

    encoder: "SourceEncoder"
    decoder: "TargetDecoder"

    def __init__(self, config: TransformerConfig, *, generator: Generator | None = None):
        if config.tied not in ("none", "decoder", "all"):
            raise ValueError(f"Transformer expected tied to be none, decoder or all, but got {config.tied!r}")
        if config.tied == "all" and config.source_vocabulary != config.target_vocabulary:
            raise ValueError(
                f"Transformer with tied='all' needs one vocabulary, but there are {config.source_vocabulary} source "
                f"and {config.target_vocabulary} target symbols: use tied='decoder'"
            )
        self.config = config
        self.encoder = SourceEncoder(config, generator=generator)
        self.decoder = TargetDecoder(config, generator=generator)
        if config.tied == "all":
            self.encoder.embedding.symbols.weight = self.decoder.embedding.symbols.weight

    def forward(self, source: Any, source_lengths: Any, target: Any, target_lengths: Any = None) -> Tensor:
        """Score the next symbol at each place of the targets (teacher forcing).

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Source symbols.
        source_lengths : Array of int, shape (N,)
            How many symbols each source has.
        target : Array of int, shape (N, T)
            Target symbols, from the one that marks the beginning.
        target_lengths : Array of int, shape (N,), optional
            How many symbols each target has; as no place sees a later one, they change nothing.

        Returns
        -------
        Tensor, shape (N, T, target vocabulary)
            Unnormalised log-probabilities; beyond a target's length they mean nothing.
        """
        visible = visible_places(source_lengths, source.shape[1])
        return self.decoder(target, self.encoder(source, visible), visible)

    def features(self, source: Any, source_lengths: Any) -> Tensor:
        """Describe each place of sources, as the decoder sees them.

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Source symbols.
        source_lengths : Array of int, shape (N,)
            How many symbols each source has.

        Returns
        -------
        Tensor, shape (N, S, width)
            The results of the encoder; beyond a source's length they mean nothing.
        """
        return self.encoder(source, visible_places(source_lengths, source.shape[1]))

    def start_search(self, source: Any, source_lengths: Any) -> tuple[Memory, Any]:
        """Prepare a search, whose step is `decoder.step`.

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Source symbols.
        source_lengths : Array of int, shape (N,)
            How many symbols each source has.

        Returns
        -------
        memory : Memory
            One row a source.
        state : tuple of KeyValues or ndarray of int64
            Of no places yet, as `TargetDecoder.start` makes it.
        """
        visible = visible_places(source_lengths, source.shape[1])
        return self.decoder.start(self.encoder(source, visible), visible)


class SourceEncoder(nn.Module):
    """The encoder: symbols to states.

    Parameters
    ----------
    config : TransformerConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    embedding: TokenEmbedding
    layers: nn.ModuleList
    norm: nn.Module

    def __init__(self, config: TransformerConfig, *, generator: Generator | None = None):
        self.embedding = _scaled_embedding(config.source_vocabulary, config, generator)
        layers = (config.layer(nn.TransformerEncoderLayer, generator) for _ in range(config.encoder_layers))
        self.layers, self.norm = nn.ModuleList(layers), config.last_norm()
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, source: Any, visible: Any) -> Tensor:
        """Read sources.

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Symbols; what stands at padding does not matter.
        visible : Array of bool, shape (N, S)
            False at padding.

        Returns
        -------
        Tensor, shape (N, S, E)
            The states; at padding they mean nothing.
        """
        x, padding = self.dropout(self.embedding(source)), ~visible
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=padding)
        return self.norm(x)


class TargetDecoder(nn.Module):
    """The decoder: states and the symbols so far to scores of the next symbol.

    Parameters
    ----------
    config : TransformerConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    embedding: TokenEmbedding
    layers: nn.ModuleList
    norm: nn.Module
    output: nn.Linear | None

    def __init__(self, config: TransformerConfig, *, generator: Generator | None = None):
        self.embedding = _scaled_embedding(config.target_vocabulary, config, generator)
        layers = (config.layer(nn.TransformerDecoderLayer, generator) for _ in range(config.decoder_layers))
        self.layers, self.norm = nn.ModuleList(layers), config.last_norm()
        self.dropout = nn.Dropout(config.dropout)
        self.output = None
        if config.tied == "none":
            self.output = nn.Linear(config.width, config.target_vocabulary, bias=False, generator=generator)

    def forward(self, target: Any, memory: Tensor, visible: Any) -> Tensor:
        """Score the next symbol at each place.

        Parameters
        ----------
        target : Array of int, shape (N, T)
            The symbols so far, from the one that marks the beginning.
        memory : Tensor, shape (N, S, E)
            What the encoder made of the sources.
        visible : Array of bool, shape (N, S)
            False at the memory's padding.

        Returns
        -------
        Tensor, shape (N, T, vocabulary)
            Unnormalised log-probabilities.
        """
        x, padding = self.dropout(self.embedding(target)), ~visible
        for layer in self.layers:
            x = layer(x, memory, memory_key_padding_mask=padding, tgt_is_causal=True)
        return self._scores(x)

    def start(self, memory: Tensor, visible: Any) -> tuple[Memory, Any]:
        """Prepare to decode.

        Parameters
        ----------
        memory : Tensor, shape (N, S, E)
            What the encoder made of N sources.
        visible : Array of bool, shape (N, S)
            False at the memory's padding.

        Returns
        -------
        memory : Memory
            What stays the same.
        state : tuple of KeyValues or ndarray of int64
            For each layer, of no places yet: (N, 1, heads, 0, E / heads); or the numbers of places, (N, 1, 0).
        """
        memories = tuple(layer.multihead_attn.known(memory) for layer in self.layers)
        quick = quick_places(self, memories, visible)
        if quick is not None:
            return Memory((), (), quick), np.zeros((len(quick.sources), 1, 0), np.int64)
        nothing = ops.asarray(memories[0].keys)[:, None, :, :0]  # (N, 1, heads, 0, E / heads)
        state = tuple(nn.KeyValues(nothing, nothing) for _ in self.layers)
        return Memory(memories, ops.asarray(visible)[:, None, None].constant()), state

    def symbols(self) -> tuple[Any, Any]:
        """Name what symbols are scored with.

        Returns
        -------
        weight : Parameter, shape (vocabulary, E)
            The output layer's, or the embeddings'.
        bias : Parameter or None
            The output layer's, shape (vocabulary,).
        """
        return (self.embedding.symbols.weight, None) if self.output is None else (self.output.weight, self.output.bias)

    def step(self, tokens: Any, memory: Memory, state: Any) -> tuple[Any, Any]:
        """One step of a search, for W hypotheses of each of N sources.

        Parameters
        ----------
        tokens : Array of int, shape (N, W)
            The last symbol of each.
        memory : Memory
            Of the N sources.
        state : tuple of KeyValues or ndarray of int64
            For each layer, of the t symbols before: (N, W, heads, t, E / heads); or the numbers of their places,
            (N, W, t).

        Returns
        -------
        log_probabilities : Tensor or Unwritten, shape (N, W, vocabulary)
            Of the next symbol.
        state : tuple of KeyValues or ndarray of int64
            Of t + 1 symbols.
        """
        if memory.quick is not None:
            return quick_step(self, tokens, memory.quick, state)
        place = ops.asarray([state[0].keys.shape[-2]]).constant()
        x, after = ops.squeeze(self.embedding(ops.expand_dims(tokens, -1), place), -2), []  # (N, W, E)
        for layer, known, seen in zip(self.layers, state, memory.layers):
            x, known = layer.extend(x, known, seen, memory.visible)
            after.append(known)
        return ops.log_softmax(self._scores(x)), tuple(after)

    def _scores(self, x: Tensor) -> Tensor:
        """Of each symbol, from a layer's results (..., E)."""
        x = self.norm(x)
        return ops.linear(x, *self.symbols()) if self.output is None else self.output(x)


def _scaled_embedding(vocabulary: int, config: TransformerConfig, generator: Generator | None) -> TokenEmbedding:
    """Small enough to score symbols with, and scaled to unit variance where it is read (section 3.4 of the paper)."""
    embedding = TokenEmbedding(vocabulary, config, math.sqrt(config.width), generator=generator)
    init.normal_(embedding.symbols.weight, std=config.width**-0.5, generator=generator)
    if isinstance(embedding.positions, nn.LearnedPositions):
        init.normal_(embedding.positions.weight, generator=generator)
    return embedding
