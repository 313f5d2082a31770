"""A pre-trained model of texts, without what it was trained to answer with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Body"]


@dataclass(frozen=True)
class Body:
    """A pre-trained model without what it was trained to answer with.

    Attributes
    ----------
    model : Module
        Has a method ``features(tokens, lengths)`` that returns (N, T, width).
    encode : callable
        From a text to a list of int.
    width : int
        The width of features.
    context : int
        The most symbols that it sees.
    layers : int
        How many layers it has.
    reads_backwards : bool
        Whether a place is described by later ones too.
    description : dict
        All that `rebuilt_body` needs, as JSON takes it, and what was left aside, with the reason.
    source : str
        Where it came from.
    """

    model: Any
    encode: Callable[[str], list[int]]
    width: int
    context: int
    layers: int
    reads_backwards: bool
    description: dict[str, Any]
    source: str
