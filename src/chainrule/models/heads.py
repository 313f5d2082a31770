"""Small modules that turn a body's features into classes, numbers or tags."""

from typing import Any

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.models.transformer_parts import visible_places
from chainrule.random import Generator

POOLINGS = ("first", "last", "mean")


def pooled(features: Any, lengths: Any, pooling: str) -> Tensor:
    """Describe a whole text by the features of its places.

    Parameters
    ----------
    features : Tensor or Array, shape (N, T, E)
        Of each place.
    lengths : Array of int, shape (N,) or None
        How many places each text has; None if all have T.
    pooling : {"first", "last", "mean"}
        Take those of the first place, of the last one, or the average.

    Returns
    -------
    Tensor, shape (N, E)
        Of each text.

    Raises
    ------
    ValueError
        If there is no such pooling.
    """
    if pooling not in POOLINGS:
        raise ValueError(f"pooling must be one of {', '.join(POOLINGS)}, but is {pooling!r}")
    if pooling == "first":
        return features[:, 0]
    if lengths is None:
        return features[:, -1] if pooling == "last" else ops.mean(features, axis=1)
    counts = ops.asarray(lengths)
    if pooling == "last":
        return ops.take(features, (ops.arange(features.shape[0]).constant(), (counts - 1).constant()))
    counted = ops.expand_dims(ops.asarray(visible_places(lengths, features.shape[1]), dtype=features.dtype), -1)
    return ops.sum(features * counted, axis=1) / ops.expand_dims(ops.asarray(counts, dtype=features.dtype), -1)


class ClassificationHead(nn.Module):
    """Scores of classes for whole texts.

    Parameters
    ----------
    width : int
        The width E of features.
    classes : int
        How many there are.
    pooling : {"first", "last", "mean"}, default "mean"
        How a text is described by its places.
    dropout : float, default 0.1
        Of the description.
    generator : Generator, optional
        Draws the initial weights.
    """

    linear: nn.Linear

    def __init__(
        self,
        width: int,
        classes: int,
        pooling: str = "mean",
        dropout: float = 0.1,
        *,
        generator: Generator | None = None,
    ):
        self.pooling, self.dropout = pooling, nn.Dropout(dropout)
        self.linear = nn.Linear(width, classes, generator=generator)

    def forward(self, features: Any, lengths: Any = None) -> Tensor:
        """Score classes.

        Parameters
        ----------
        features : Tensor or Array, shape (N, T, E)
            Of each place.
        lengths : Array of int, shape (N,), optional
            How many places each text has.

        Returns
        -------
        Tensor, shape (N, classes)
            Unnormalised log-probabilities.
        """
        return self.linear(self.dropout(pooled(features, lengths, self.pooling)))


class RegressionHead(ClassificationHead):
    """A number for each whole text.

    Parameters
    ----------
    width : int
        The width E of features.
    pooling : {"first", "last", "mean"}, default "mean"
        How a text is described by its places.
    dropout : float, default 0.1
        Of the description.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, width: int, pooling: str = "mean", dropout: float = 0.1, *, generator: Generator | None = None):
        super().__init__(width, 1, pooling, dropout, generator=generator)

    def forward(self, features: Any, lengths: Any = None) -> Tensor:
        """Estimate numbers.

        Parameters
        ----------
        features : Tensor or Array, shape (N, T, E)
            Of each place.
        lengths : Array of int, shape (N,), optional
            How many places each text has.

        Returns
        -------
        Tensor, shape (N,)
            The estimates.
        """
        return ops.squeeze(super().forward(features, lengths), -1)


class TaggingHead(nn.Module):
    """Scores of tags for each place.

    Parameters
    ----------
    width : int
        The width E of features.
    tags : int
        How many there are.
    dropout : float, default 0.1
        Of the features.
    generator : Generator, optional
        Draws the initial weights.
    """

    linear: nn.Linear

    def __init__(self, width: int, tags: int, dropout: float = 0.1, *, generator: Generator | None = None):
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(width, tags, generator=generator)

    def forward(self, features: Any, lengths: Any = None, places: Any = None) -> Tensor:
        """Score tags.

        Parameters
        ----------
        features : Tensor or Array, shape (N, T, E)
            Of each place.
        lengths : Array of int, shape (N,), optional
            They change nothing.
        places : Array of int, shape (M,), optional
            Only these, counted through all N * T, such as those at which words begin.

        Returns
        -------
        Tensor, shape (N, T, tags) or (M, tags)
            Unnormalised log-probabilities; beyond a text's length they mean nothing.
        """
        features = self.dropout(features)
        if places is not None:
            features = ops.take(ops.reshape(features, (-1, features.shape[-1])), places)
        return self.linear(features)


class WithHead(nn.Module):
    """A body that describes places, and a head on top of it.

    Parameters
    ----------
    body : Module
        Has a method ``features(tokens, lengths)``, as `LanguageModel` and `TransformerEncoderModel`.
    head : Module
        Takes features (N, T, E) and lengths.
    """

    body: Any
    head: nn.Module

    def __init__(self, body: nn.Module, head: nn.Module):
        self.body, self.head = body, head

    def forward(self, tokens: Any, lengths: Any = None, **more: Any) -> Tensor:
        """Apply both.

        Parameters
        ----------
        tokens : Array of int, shape (N, T)
            The symbols.
        lengths : Array of int, shape (N,), optional
            How many symbols each text has; all T by default.
        **more : Array
            What else the head takes.

        Returns
        -------
        Tensor
            What the head returns.
        """
        return self.head(self.body.features(tokens, lengths), lengths, **more)
