"""A pre-trained model of texts, without what it was trained to answer with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.data.sequences import Sequences
from chainrule.tasks.pretraining.marks import Marks

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
    encode_words : callable
        From words to the list of int of the text that they make, and for each word the places of its symbols: the
        first, and the one behind the last. It may be longer than `context`.
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
    marks : Marks, optional
        How texts are written with it; None where it writes none.
    """

    model: Any
    encode: Callable[[str], list[int]]
    encode_words: Callable[[Sequence[str]], tuple[list[int], list[tuple[int, int]]]]
    width: int
    context: int
    layers: int
    reads_backwards: bool
    description: dict[str, Any]
    source: str
    marks: Marks | None = None

    def encode_all(self, texts: Iterable[str]) -> Sequences:
        """Encode texts; what is longer than the context is cut off.

        Parameters
        ----------
        texts : iterable of str
            The texts.

        Returns
        -------
        Sequences
            One a text.
        """
        return Sequences.from_lists(self.encode(text)[: self.context] for text in texts)

    @property
    def pooling(self) -> str:
        """How a text is described by its places: by the last where it alone has seen all, else by the mean."""
        return "mean" if self.reads_backwards else "last"
