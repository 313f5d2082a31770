"""Batches of text without labels: pieces of one long stream, or texts of their own padded to a rectangle."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chainrule.data.batching import cut_by_length
from chainrule.data.epochs import EpochStream, random_order, row_parts
from chainrule.data.sequences import Sequences
from chainrule.errors import DataError

__all__ = ["StreamBatches", "TextBatches", "TokenBatch", "stream_pieces", "text_batches"]


@dataclass(frozen=True, eq=False)
class TokenBatch:
    """Texts, or pieces of text.

    Attributes
    ----------
    tokens : ndarray of int64, shape (N, T)
        Symbol numbers, padded with `PAD`.
    lengths : ndarray of int64, shape (N,)
        How much of each row is not padding.
    """

    tokens: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)

    def split(self, parts: int) -> list[tuple[np.ndarray, TokenBatch]]:
        """Cut the batch into smaller ones.

        Parameters
        ----------
        parts : int
            How many; there are fewer when the batch has fewer rows.

        Returns
        -------
        list of (ndarray, TokenBatch)
            Which rows, and a batch of them; it is as wide as the whole, as dropout masks of attention depend on that.
        """
        return [(rows, TokenBatch(self.tokens[rows], self.lengths[rows])) for rows in row_parts(len(self), parts)]


class StreamBatches(EpochStream):
    """Pieces of one long stream, cut anew in every epoch.

    An epoch begins at a random place in the first piece, so that over the epochs symbols stand at all places of a
    piece; the pieces are shuffled.

    Parameters
    ----------
    stream : ndarray of int32, shape (total,)
        The symbols.
    length : int
        Of a piece.
    rows : int
        Pieces in a batch.
    seed : int
        Where the random order starts.
    overlap : int
        How many symbols the next piece has in common with this one.

    Raises
    ------
    DataError
        When the stream is shorter than a piece.
    """

    def __init__(self, stream: np.ndarray, length: int, rows: int, *, seed: int = 0, overlap: int = 0) -> None:
        if len(stream) < length:
            raise DataError(
                f"StreamBatches: the text has {len(stream)} symbols, fewer than a piece of {length}; give it a longer "
                "text or a shorter context"
            )
        self._stream, self._length, self._step = stream, length, length - overlap
        self._pieces = max(1, (len(stream) - length - self._step + 1) // self._step + 1)  # from any first place
        self._rows = min(rows, self._pieces)
        super().__init__(seed, -(-self._pieces // self._rows))

    def _plan_epoch(self, bits: np.random.Philox) -> list[np.ndarray]:
        room = min(self._step, len(self._stream) - (self._pieces - 1) * self._step - self._length + 1)
        first = int(bits.random_raw() % np.uint64(room))
        starts = first + self._step * random_order(bits, self._pieces)
        return [starts[i : i + self._rows] for i in range(0, self._pieces, self._rows)]

    def _assemble(self, part: np.ndarray) -> TokenBatch:
        return _pieces(self._stream, part, self._length)


class TextBatches(EpochStream):
    """Texts of similar lengths under a token budget.

    Parameters
    ----------
    texts : Sequences
        The texts, none of them empty.
    max_tokens : int
        The most that rows times the longest text of a batch may be; a longer text makes a batch of its own.
    max_rows : int
        The most rows of a batch.
    seed : int
        Where the random order starts.

    Raises
    ------
    DataError
        When there is no text.
    """

    def __init__(self, texts: Sequences, *, max_tokens: int, max_rows: int, seed: int = 0) -> None:
        if not len(texts):
            raise DataError("TextBatches: there is no text to train on; give at least one")
        self._texts = texts
        self._cuts = cut_by_length(np.sort(texts.lengths, kind="stable"), max_tokens, max_rows)
        super().__init__(seed, len(self._cuts) - 1)

    def _plan_epoch(self, bits: np.random.Philox) -> list[np.ndarray]:
        order = np.lexsort((bits.random_raw(len(self._texts)), self._texts.lengths))
        return [order[self._cuts[b] : self._cuts[b + 1]] for b in random_order(bits, self.batches_per_epoch)]

    def _assemble(self, part: np.ndarray) -> TokenBatch:
        return TokenBatch(self._texts.padded(part), self._texts.lengths[part])


def stream_pieces(stream: np.ndarray, length: int, rows: int, *, overlap: int = 0) -> Iterator[TokenBatch]:
    """Go once through a stream, piece by piece; the last pieces may be shorter.

    Parameters
    ----------
    stream : ndarray of int32, shape (total,)
        The symbols.
    length : int
        Of a piece.
    rows : int
        Pieces in a batch.
    overlap : int
        How many symbols the next piece has in common with this one.

    Yields
    ------
    TokenBatch
        The next pieces.
    """
    whole = (len(stream) - overlap) // (length - overlap)
    starts = np.arange(whole) * (length - overlap)
    for i in range(0, whole, rows):
        yield _pieces(stream, starts[i : i + rows], length)
    rest = stream[whole * (length - overlap) :]
    if len(rest) > overlap:
        yield TokenBatch(rest[None].astype(np.int64), np.array([len(rest)]))


def text_batches(texts: Sequences, *, max_tokens: int, max_rows: int) -> Iterator[tuple[np.ndarray, TokenBatch]]:
    """Go once through texts, the shortest first.

    Parameters
    ----------
    texts : Sequences
        The texts.
    max_tokens : int
        The most that rows times the longest text may be; a longer text makes a batch of its own.
    max_rows : int
        The most rows of a batch.

    Yields
    ------
    (ndarray, TokenBatch)
        Which texts come next, and the batch of them.
    """
    order = np.argsort(texts.lengths, kind="stable")
    cuts = cut_by_length(texts.lengths[order], max_tokens, max_rows)
    for start, end in itertools.pairwise(cuts):
        rows = order[start:end]
        yield rows, TokenBatch(texts.padded(rows), texts.lengths[rows])


def _pieces(stream: np.ndarray, starts: np.ndarray, length: int) -> TokenBatch:
    tokens = stream[starts[:, None] + np.arange(length)].astype(np.int64)
    return TokenBatch(tokens, np.full(len(starts), length))
