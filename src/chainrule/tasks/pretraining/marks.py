"""How texts are given to a language model and read from it: a tokenizer, and the symbols that begin and end a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.data.tokenizers import BOS, EOS, PAD, UNK, Tokenizer

__all__ = ["Marks"]


@dataclass(frozen=True)
class Marks:
    """A tokenizer and the symbols that stand around a text.

    Attributes
    ----------
    tokenizer : Tokenizer or PublishedTokenizer
        Has ``encode(text)`` and ``decode(ids)``.
    begin : int
        Stands before a text.
    end : int
        Stands behind it.
    never : tuple of int
        What no text that is written may hold.
    """

    tokenizer: Any
    begin: int
    end: int
    never: tuple[int, ...] = ()

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Marks:
        """Take the symbols that all vocabularies here begin with.

        Parameters
        ----------
        tokenizer : Tokenizer
            The vocabulary.

        Returns
        -------
        Marks
            With `BOS` and `EOS`.
        """
        return cls(tokenizer, BOS, EOS, (PAD, BOS, UNK))

    def encode(self, text: str) -> list[int]:
        """Encode a text.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        list of int
            Its symbols between `begin` and `end`.
        """
        return [self.begin, *self.tokenizer.encode(text), self.end]
