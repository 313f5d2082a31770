"""Byte-pair encoding: parts of words, by joining the commonest neighbours again and again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from chainrule.data.tokenizers.normalization import NFC, Normalization
from chainrule.data.tokenizers.subwords import SubwordTokenizer
from chainrule.random import Generator

__all__ = ["BPETokenizer"]

_DRAWS = 1024  # uniform numbers drawn at a time


class BPETokenizer(SubwordTokenizer):
    """The symbols of a text are parts of its words, made by joining neighbours.

    A word begins as its characters. Neighbours that make a known part are joined, the part that was learnt first before
    all others, until none is left (R. Sennrich et al., Neural machine translation of rare words with subword units,
    2016).

    Parameters
    ----------
    symbols : iterable of str
        The known parts; they get the numbers from 4 on, in the order learnt.
    normalization : Normalization
        How texts are written before they are cut.

    Raises
    ------
    DataError
        When a symbol appears twice or is one of `SPECIAL_SYMBOLS`.

    Examples
    --------
    >>> tokenizer = BPETokenizer(["▁", "h", "o", "t", "ho", "▁ho"])
    >>> tokenizer.split("hot hoh")
    ['▁ho', 't', '▁ho', 'h']
    """

    kind = "bpe"

    def __init__(self, symbols: Iterable[str], normalization: Normalization = NFC) -> None:
        super().__init__(symbols, normalization)
        self._ranks = {symbol: number for symbol, number in self._ids.items() if len(symbol) > 1}

    @classmethod
    def _of(cls, symbols: list[str], scores: Mapping[str, float], normalization: Normalization) -> Self:
        return cls(symbols, normalization)

    def encode(self, text: str, dropout: float = 0.0, generator: Generator | None = None) -> list[int]:
        """Turn a text into numbers.

        With dropout a text is cut in another way each time, which regularises training (I. Provilkov et al.,
        BPE-dropout, 2020).

        Parameters
        ----------
        text : str
            The text.
        dropout : float
            The probability, in [0, 1), that a possible joining is passed over.
        generator : Generator, optional
            Draws what is passed over; needed when there is dropout.

        Returns
        -------
        list of int
            One number a symbol, `UNK` for unknown ones; neither `BOS` nor `EOS` is added.

        Raises
        ------
        ValueError
            When `dropout` is no probability below one, or has no generator.
        """
        if not dropout:
            return super().encode(text)
        if not 0.0 <= dropout < 1.0 or generator is None:
            raise ValueError(
                f"BPETokenizer.encode expected a dropout in [0, 1) and a generator, got {dropout} and {generator}"
            )
        draws = _uniforms(generator)
        parts = (
            part
            for piece in self._cut(self._normalization(text))
            for part in self._join_neighbours(piece, dropout, draws)
        )
        return [self._ids[part] for part in self._with_bytes(parts)]

    def _segment(self, piece: str) -> tuple[str, ...]:
        return tuple(self._join_neighbours(piece, 0.0, itertools.repeat(1.0)))

    def _join_neighbours(self, piece: str, dropout: float, draws: Iterator[float]) -> list[str]:
        """Cut a piece; each possible joining is passed over, at each step, when its draw is below `dropout`."""
        parts, ranks = list(piece), self._ranks
        while True:
            possible = [
                (ranks[left + right], place)
                for place, (left, right) in enumerate(itertools.pairwise(parts))
                if left + right in ranks and next(draws) >= dropout
            ]
            if not possible:
                return parts
            place = min(possible)[1]
            parts[place : place + 2] = [parts[place] + parts[place + 1]]


def _uniforms(generator: Generator) -> Iterator[float]:
    while True:
        yield from generator.uniform((_DRAWS,)).tolist()
