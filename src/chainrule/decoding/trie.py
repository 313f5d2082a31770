"""A set of allowed answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["Trie"]


class Trie:
    """Known sequences, for a search that may answer with nothing else (`AllowedSymbols`).

    Parameters
    ----------
    sequences : iterable of sequence of int
        The sequences, without the symbol that marks the end.
    end : int
        The symbol that marks the end.

    Examples
    --------
    >>> trie = Trie([[5, 6], [5, 7], [5]], end=2)
    >>> sorted(trie(0, [5]))
    [2, 6, 7]
    >>> list(trie(0, [6]))
    []
    """

    def __init__(self, sequences: Iterable[Sequence[int]], end: int) -> None:
        self._root: dict[int, Any] = {}
        for sequence in sequences:
            node = self._root
            for symbol in (*sequence, end):
                node = node.setdefault(int(symbol), {})

    def __call__(self, sentence: int, tokens: Sequence[int]) -> Iterable[int]:
        """Return what may follow.

        Parameters
        ----------
        sentence : int
            Its number; all sentences have the same answers.
        tokens : sequence of int
            The symbols so far.

        Returns
        -------
        iterable of int
            The symbols that continue a known sequence.
        """
        node = self._root
        for token in tokens:
            node = node.get(token, {})
        return node.keys()
