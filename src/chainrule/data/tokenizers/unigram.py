"""The unigram model: parts of words, each with a probability; a word is cut in the likeliest way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Self

from chainrule.data.tokenizers.normalization import NFC, Normalization
from chainrule.data.tokenizers.subwords import SubwordTokenizer
from chainrule.data.tokenizers.vocabulary import SPECIAL_SYMBOLS
from chainrule.errors import DataError

__all__ = ["UnigramTokenizer"]

_UNKNOWN = 10.0  # how much less likely than any known part an unknown character is, as a logarithm


class UnigramTokenizer(SubwordTokenizer):
    """The symbols of a text are parts of its words, the likeliest together.

    Each part has a probability of its own, learnt by expectation maximisation; of all ways to cut a word the one with
    the highest product is taken (T. Kudo, Subword regularization, 2018; what SentencePiece does by default).

    Parameters
    ----------
    symbols : iterable of str
        The known parts; they get the numbers from 4 on, in this order.
    scores : iterable of float
        The logarithms of their probabilities.
    normalization : Normalization
        How texts are written before they are cut.

    Raises
    ------
    DataError
        When a symbol appears twice or is one of `SPECIAL_SYMBOLS`, or has no finite score.

    Examples
    --------
    >>> tokenizer = UnigramTokenizer(["▁", "h", "o", "t", "▁ho", "ot"], [-3.0, -3.0, -3.0, -3.0, -1.0, -2.0])
    >>> tokenizer.split("hot")
    ['▁ho', 't']
    """

    kind = "unigram"

    def __init__(self, symbols: Iterable[str], scores: Iterable[float], normalization: Normalization = NFC) -> None:
        super().__init__(symbols, normalization)
        own = self._symbols[len(SPECIAL_SYMBOLS) :]
        scores = list(scores)
        if len(scores) != len(own) or not all(map(math.isfinite, scores)):
            raise DataError(f"UnigramTokenizer: each of the {len(own)} symbols must have a finite score")
        self._scores = dict(zip(own, scores))
        self._longest = max(map(len, own), default=1)
        self._unknown_score = min(scores, default=0.0) - _UNKNOWN

    @classmethod
    def _of(cls, symbols: list[str], scores: Mapping[str, float], normalization: Normalization) -> Self:
        # Bytes, and characters that only ever stood in longer parts, are the last choice.
        rarest = min(scores.values(), default=0.0) - 1.0
        return cls(symbols, [scores.get(symbol, rarest) for symbol in symbols], normalization)

    def _segment(self, piece: str) -> tuple[str, ...]:
        """Cut a piece by dynamic programming: the best way to its place j ends with the best last part."""
        best = [0.0] + [-math.inf] * len(piece)
        start = [0] * (len(piece) + 1)
        for end in range(1, len(piece) + 1):
            for begin in range(max(0, end - self._longest), end):
                score = self._scores.get(piece[begin:end])
                if score is None:
                    if begin < end - 1:
                        continue
                    score = self._unknown_score
                if best[begin] + score > best[end]:
                    best[end], start[end] = best[begin] + score, begin
        parts, end = [], len(piece)
        while end:
            parts.append(piece[start[end] : end])
            end = start[end]
        return tuple(reversed(parts))

    def to_dict(self) -> dict[str, Any]:
        """Describe the tokenizer by plain values, as JSON takes them.

        Returns
        -------
        dict
            Format, version, kind, normalization, symbols and scores; `tokenizer_from_dict` reads it.
        """
        return super().to_dict() | {"scores": list(self._scores.values())}

    @classmethod
    def from_description(cls, symbols: list[str], normalization: Normalization, description: Mapping[str, Any]) -> Self:
        """Make a tokenizer of what `to_dict` wrote.

        Parameters
        ----------
        symbols : list of str
            Its symbols, without the special ones.
        normalization : Normalization
            How texts are written before they are cut.
        description : mapping
            All that `to_dict` wrote.

        Returns
        -------
        UnigramTokenizer
            Equal to the one described.

        Raises
        ------
        DataError
            When the scores are missing or wrong.
        """
        scores = description.get("scores")
        if not isinstance(scores, list) or not all(isinstance(score, int | float) for score in scores):
            raise DataError("scores must be a list of numbers")
        return cls(symbols, scores, normalization)
