"""The encoder-only Transformer, and its masked language model."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.models.language_model import initialise
from chainrule.models.transformer_parts import LayerConfig, TokenEmbedding, visible_places
from chainrule.random import Generator

_PRESETS = {
    "bert-base": (768, 12, 12),
    "bert-large": (1024, 16, 24),
    "minilm-l6": (384, 12, 6),
    "minilm-l12": (384, 12, 12),
    "bert-tiny": (128, 2, 2),
}


@dataclass(frozen=True)
class TransformerEncoderConfig(LayerConfig):
    """The shape of a `TransformerEncoderModel`, besides that of its layers.

    Attributes
    ----------
    activation : {"relu", "gelu", "gelu_tanh"}
        As in `LayerConfig`.
    norm_first : bool
        As in `LayerConfig`.
    norm_epsilon : float
        As in `LayerConfig`.
    vocabulary : int
        How many symbols there are.
    layers : int
        How many layers there are.
    types : int
        How many kinds of segment are told apart; 0 for none.
    pooler : bool
        Whether there is a layer for the description of the whole text by its first symbol.
    """

    vocabulary: int
    layers: int = 4
    types: int = 0
    pooler: bool = False
    activation: str = field(default="gelu", kw_only=True)
    norm_first: bool = field(default=False, kw_only=True)
    norm_epsilon: float = field(default=1e-12, kw_only=True)

    @classmethod
    def preset(cls, name: str) -> Self:
        """Return the shape of published weights.

        Parameters
        ----------
        name : {"bert-base", "bert-large", "minilm-l6", "minilm-l12", "bert-tiny"}
            Their name.

        Returns
        -------
        TransformerEncoderConfig
            The shape, with the vocabulary of uncased English BERT.

        Raises
        ------
        ValueError
            If there are none of this name.
        """
        if name not in _PRESETS:
            raise ValueError(f"TransformerEncoderConfig expected one of {', '.join(_PRESETS)}, but got {name!r}")
        width, heads, layers = _PRESETS[name]
        return cls(30522, layers, 2, True, width=width, heads=heads, max_length=512, attention_dropout=0.1)


class TransformerEncoderModel(nn.Module):
    """A stack of layers in which every place sees every other, as in BERT (J. Devlin et al., 2018, arXiv 1810.04805).

    Parameters
    ----------
    config : TransformerEncoderConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    embedding: TokenEmbedding
    types: nn.Embedding | None
    embedding_norm: nn.Module
    layers: nn.ModuleList
    norm: nn.Module
    pooler: nn.Linear | None

    def __init__(self, config: TransformerEncoderConfig, *, generator: Generator | None = None):
        self.config = config
        self.embedding = TokenEmbedding(config.vocabulary, config, generator=generator)
        self.types = nn.Embedding(config.types, config.width, generator=generator) if config.types else None
        self.embedding_norm = nn.Identity() if config.norm_first else nn.LayerNorm(config.width, config.norm_epsilon)
        layers = (config.layer(nn.TransformerEncoderLayer, generator) for _ in range(config.layers))
        self.layers, self.norm = nn.ModuleList(layers), config.last_norm()
        self.dropout = nn.Dropout(config.dropout)
        self.pooler = nn.Linear(config.width, config.width, generator=generator) if config.pooler else None
        initialise(self, generator)

    def forward(self, tokens: Any, lengths: Any = None, types: Any = None) -> Tensor:
        """Describe each place by all that stands around it.

        Parameters
        ----------
        tokens : Array of int, shape (N, T)
            The symbols.
        lengths : Array of int, shape (N,), optional
            How many symbols each text has; all T by default.
        types : Array of int, shape (N, T), optional
            The kind of segment of each symbol; 0 by default.

        Returns
        -------
        Tensor, shape (N, T, E)
            The descriptions; beyond a text's length they mean nothing.
        """
        x = self.dropout(self.embedding_norm(self.embedding(tokens) + self._of_types(types)))
        padding = None if lengths is None else ~visible_places(lengths, tokens.shape[1])
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=padding)
        return self.norm(x)

    def features(self, tokens: Any, lengths: Any = None) -> Tensor:
        """Describe each place, as the other models of the family do; see `forward`."""
        return self(tokens, lengths)

    def pool(self, features: Any) -> Tensor:
        """Describe whole texts.

        Parameters
        ----------
        features : Tensor, shape (N, T, E)
            As `forward` returns them.

        Returns
        -------
        Tensor, shape (N, E)
            What the pooler makes of the first place.

        Raises
        ------
        ValueError
            If the model has no pooler.
        """
        if self.pooler is None:
            raise ValueError("TransformerEncoderModel has no pooler: make it with pooler=True in its config")
        return ops.tanh(self.pooler(features[:, 0]))

    def _of_types(self, types: Any) -> Any:
        if self.types is None:
            return 0.0
        return self.types.weight[0] if types is None else self.types(types)


class MaskedLanguageModel(nn.Module):
    """An encoder and what guesses masked symbols from its descriptions, as in BERT.

    Parameters
    ----------
    encoder : TransformerEncoderModel
        Describes each place.
    generator : Generator, optional
        Draws the initial weights.
    """

    encoder: TransformerEncoderModel
    transform: nn.Linear
    norm: nn.LayerNorm
    bias: nn.Parameter  # (V,)

    def __init__(self, encoder: TransformerEncoderModel, *, generator: Generator | None = None):
        config = encoder.config
        self.encoder = encoder
        self.transform = nn.Linear(config.width, config.width, generator=generator)
        self.activation = config.activation
        self.norm = nn.LayerNorm(config.width, config.norm_epsilon)
        self.bias = nn.Parameter(np.zeros(config.vocabulary, np.float32))
        initialise(self.transform, generator)

    def forward(self, tokens: Any, lengths: Any = None, types: Any = None, places: Any = None) -> Tensor:
        """Score the symbol at each place.

        Parameters
        ----------
        tokens : Array of int, shape (N, T)
            The symbols, some of them masked.
        lengths : Array of int, shape (N,), optional
            How many symbols each text has; all T by default.
        types : Array of int, shape (N, T), optional
            The kind of segment of each symbol.
        places : Array of int, shape (M,), optional
            Only these, counted through all N * T: scoring the masked ones alone saves most of the work.

        Returns
        -------
        Tensor, shape (N, T, vocabulary) or (M, vocabulary)
            Unnormalised log-probabilities.
        """
        features = self.encoder(tokens, lengths, types)
        if places is not None:
            features = ops.take(ops.reshape(features, (-1, features.shape[-1])), places)
        described = self.norm(nn.transformer.ACTIVATIONS[self.activation](self.transform(features)))
        return ops.linear(described, self.encoder.embedding.symbols.weight, self.bias)
