"""What all Transformers are made of: the shape of their layers, and symbols with their places."""

from dataclasses import dataclass
from typing import Any

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.random import Generator

POSITIONS = ("learned", "sinusoidal", "rotary")


@dataclass(frozen=True, kw_only=True)
class LayerConfig:
    """The shape of the layers of a Transformer.

    Attributes
    ----------
    width : int
        The width E of embeddings and layers.
    heads : int
        How many heads attention has; the width is divided among them.
    feed_forward : int or None
        The width of the hidden layers; None means four times the width.
    positions : {"learned", "sinusoidal", "rotary"}
        How a place in the sequence is told: vectors that are learned or made of waves, added to the embeddings, or
        rotations of queries and keys.
    max_length : int
        The longest sequence, for learned positions.
    activation : {"relu", "gelu", "gelu_tanh"}
        Of the hidden layers.
    norm_first : bool
        Normalise what a part of a layer reads, instead of the sum with its result.
    norm_epsilon : float
        What norms add to the variance.
    dropout : float
        Of embeddings and of the results of the layers' parts.
    attention_dropout, activation_dropout : float
        Of the weights of attention, and of the hidden layers.
    """

    width: int = 256
    heads: int = 4
    feed_forward: int | None = None
    positions: str = "learned"
    max_length: int = 1024
    activation: str = "relu"
    norm_first: bool = True
    norm_epsilon: float = 1e-5
    dropout: float = 0.1
    attention_dropout: float = 0.0
    activation_dropout: float = 0.0

    def layer(self, kind: type, generator: Generator | None) -> Any:
        """Make a layer of this shape.

        Parameters
        ----------
        kind : type
            `nn.TransformerEncoderLayer` or `nn.TransformerDecoderLayer`.
        generator : Generator, optional
            Draws the initial weights.

        Returns
        -------
        Module
            The layer.
        """
        return kind(
            self.width,
            self.heads,
            4 * self.width if self.feed_forward is None else self.feed_forward,
            self.dropout,
            self.activation,
            self.norm_epsilon,
            norm_first=self.norm_first,
            attention_dropout=self.attention_dropout,
            activation_dropout=self.activation_dropout,
            rotary=nn.RotaryPositions(self.width // self.heads) if self.positions == "rotary" else None,
            generator=generator,
        )

    def last_norm(self) -> nn.Module:
        """Make the norm after the last layer: none where layers normalise their results."""
        return nn.LayerNorm(self.width, self.norm_epsilon) if self.norm_first else nn.Identity()


class TokenEmbedding(nn.Module):
    """Symbols to vectors, with their places.

    Parameters
    ----------
    vocabulary : int
        How many symbols there are.
    config : LayerConfig
        Width and positions.
    scale : float, default 1
        What the symbols' vectors are multiplied by.
    generator : Generator, optional
        Draws the initial weights.

    Raises
    ------
    ValueError
        If there are no such positions.
    """

    symbols: nn.Embedding
    positions: nn.Module | None

    def __init__(self, vocabulary: int, config: LayerConfig, scale: float = 1.0, *, generator: Generator | None = None):
        if config.positions not in POSITIONS:
            raise ValueError(f"positions must be one of {', '.join(POSITIONS)}, but are {config.positions!r}")
        self.symbols = nn.Embedding(vocabulary, config.width, generator=generator)
        self.positions = None
        if config.positions == "learned":
            self.positions = nn.LearnedPositions(config.max_length, config.width, generator=generator)
        elif config.positions == "sinusoidal":
            self.positions = nn.SinusoidalPositions(config.width)
        self.scale = scale

    def forward(self, tokens: Any, places: Any = None) -> Tensor:
        """Read symbols.

        Parameters
        ----------
        tokens : Array of int, shape (..., T)
            The symbols.
        places : Array of int, optional
            Where they stand, broadcast to (..., T); 0, 1, ... by default.

        Returns
        -------
        Tensor, shape (..., T, E)
            Their vectors.
        """
        x = self.symbols(tokens)
        if self.scale != 1.0:
            x = x * self.scale
        return x if self.positions is None else self.positions(x, places)


def visible_places(lengths: Any, width: int) -> Any:
    """Tell symbols from padding.

    Parameters
    ----------
    lengths : Array of int, shape (N,)
        How many symbols each sequence has.
    width : int
        The length T of the padded sequences.

    Returns
    -------
    Array of bool, shape (N, T)
        False at padding.
    """
    return ops.less(ops.expand_dims(ops.arange(width), 0), ops.expand_dims(ops.asarray(lengths), 1)).constant()
