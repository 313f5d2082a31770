"""What a search may write: filters of scores, which can be combined.

A filter sees the log-probabilities of the next symbols and what is written so far, and returns scores to choose by:
minus infinity for what is not allowed. The log-probability of an answer stays that of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

__all__ = [
    "AllowedSymbols",
    "Filter",
    "ForbiddenSymbols",
    "ForcedPrefix",
    "MinimalLength",
    "NoRepeatedNgrams",
    "RepetitionPenalty",
    "SymbolFilter",
    "Written",
    "filtered",
    "forbidden_symbols",
]


class Written(NamedTuple):
    """What a search has written so far.

    Attributes
    ----------
    tokens : ndarray of int64, shape (N, W, t)
        The symbols of each of W hypotheses of N sentences, without the one that marks the beginning.
    sentences : ndarray of int64, shape (N,)
        The numbers of these sentences.
    """

    tokens: np.ndarray
    sentences: np.ndarray


class Filter(Protocol):
    """Changes scores, (N, W, V), by what is written; it may do so in place."""

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray: ...


def filtered(log_probs: np.ndarray, written: Written, filters: Sequence[Filter]) -> np.ndarray:
    """Pass log-probabilities through filters, one after the other.

    Parameters
    ----------
    log_probs : ndarray, shape (N, W, V)
        Of the next symbols; they stay as they are.
    written : Written
        What is written so far.
    filters : sequence of Filter
        The filters.

    Returns
    -------
    ndarray, shape (N, W, V)
        The scores to choose by.
    """
    scores = log_probs.copy() if filters else log_probs
    for apply in filters:
        scores = apply(scores, written)
    return scores


class SymbolFilter:
    """A filter that forbids some symbols, the same for all hypotheses of a step."""

    def forbidden(self, length: int) -> Sequence[int]:
        """Name the symbols that may not follow.

        Parameters
        ----------
        length : int
            How many symbols are written.

        Returns
        -------
        sequence of int
            The symbols.
        """
        raise NotImplementedError

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray:
        scores[..., list(self.forbidden(written.tokens.shape[-1]))] = -np.inf
        return scores


def forbidden_symbols(filters: Sequence[Filter], length: int) -> np.ndarray | None:
    """What filters forbid all hypotheses to write next.

    Parameters
    ----------
    filters : sequence of Filter
        The filters.
    length : int
        How many symbols are written.

    Returns
    -------
    ndarray of int64 or None
        The symbols; None if one of the filters does anything else, and has to see scores.
    """
    if not all(isinstance(apply, SymbolFilter) for apply in filters):
        return None
    symbols = [symbol for apply in filters for symbol in apply.forbidden(length)]  # type: ignore[attr-defined]
    return np.array(symbols, np.int64)


class ForbiddenSymbols(SymbolFilter):
    """Some symbols are never written.

    Parameters
    ----------
    symbols : sequence of int
        The symbols.
    """

    def __init__(self, symbols: Sequence[int]) -> None:
        self._symbols = list(symbols)

    def forbidden(self, length: int) -> Sequence[int]:
        """Name them, whatever is written."""
        return self._symbols


class MinimalLength(SymbolFilter):
    """No answer ends before it has some symbols.

    Parameters
    ----------
    length : int
        The fewest symbols, the end apart.
    end : int
        The symbol that marks the end.
    """

    def __init__(self, length: int, end: int) -> None:
        self._length, self._end = length, end

    def forbidden(self, length: int) -> Sequence[int]:
        """Name the end, while too little is written."""
        return [self._end] if length < self._length else []


class ForcedPrefix:
    """Answers begin with given symbols.

    Parameters
    ----------
    prefixes : mapping of int to sequence of int, or sequence of sequence of int
        The symbols for each sentence, by its number; sentences without any are free.
    """

    def __init__(self, prefixes: Mapping[int, Sequence[int]] | Sequence[Sequence[int]]) -> None:
        self._prefixes = dict(prefixes) if isinstance(prefixes, Mapping) else dict(enumerate(prefixes))

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray:
        place = written.tokens.shape[-1]
        for row, sentence in enumerate(written.sentences.tolist()):
            prefix = self._prefixes.get(sentence, ())
            if place < len(prefix):
                forced = scores[row, :, prefix[place]].copy()
                scores[row] = -np.inf
                scores[row, :, prefix[place]] = forced
        return scores


class AllowedSymbols:
    """What may follow depends on what is written.

    Parameters
    ----------
    allowed : callable
        From the number of a sentence and the list of its symbols so far to the symbols that may follow, the end among
        them if the answer may end there; or None if any may. `Trie` is one.
    """

    def __init__(self, allowed: Callable[[int, list[int]], Iterable[int] | None]) -> None:
        self._allowed = allowed

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray:
        for row, sentence in enumerate(written.sentences.tolist()):
            for hypothesis, tokens in enumerate(written.tokens[row].tolist()):
                allowed = self._allowed(sentence, tokens)
                if allowed is not None:
                    symbols = list(allowed)
                    kept = scores[row, hypothesis, symbols]
                    scores[row, hypothesis] = -np.inf
                    scores[row, hypothesis, symbols] = kept
        return scores


class NoRepeatedNgrams:
    """No sequence of n symbols is written twice in an answer.

    Parameters
    ----------
    n : int
        The length of such a sequence.

    Raises
    ------
    ValueError
        When it is less than one.
    """

    def __init__(self, n: int) -> None:
        if n < 1:
            raise ValueError(f"NoRepeatedNgrams expected n of at least 1, but got {n}")
        self._n = n

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray:
        tokens, before = written.tokens, self._n - 1
        places = tokens.shape[-1] - before  # where a sequence may have begun that has another symbol behind it
        if places < 1:
            return scores
        begun = np.lib.stride_tricks.sliding_window_view(tokens, self._n, axis=-1)  # (N, W, places, n)
        last = tokens[:, :, None, places:]  # (N, W, 1, n - 1)
        again = (begun[..., :before] == last).all(axis=-1)  # (N, W, places)
        rows, hypotheses, found = np.nonzero(again)
        scores[rows, hypotheses, begun[rows, hypotheses, found, -1]] = -np.inf
        return scores


class RepetitionPenalty:
    """Symbols that are already written become less likely.

    Their log-probability is multiplied by the penalty (N. Keskar et al., CTRL, 2019, section 4.1).

    Parameters
    ----------
    penalty : float
        At least 1, which changes nothing; 1.2 is usual.

    Raises
    ------
    ValueError
        When it is less than one.
    """

    def __init__(self, penalty: float) -> None:
        if not penalty >= 1.0:
            raise ValueError(f"RepetitionPenalty expected a penalty of at least 1, but got {penalty}")
        self._penalty = penalty

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray:
        if written.tokens.shape[-1]:
            found = np.take_along_axis(scores, written.tokens, axis=-1)
            np.put_along_axis(scores, written.tokens, found * self._penalty, axis=-1)
        return scores
