"""Sequences of different lengths in one flat array, encoded once, padded batch by batch."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.data.pairs import Pairs
from chainrule.data.tokenizers import PAD, Tokenizer
from chainrule.errors import DataError

__all__ = ["EncodedPairs", "Sequences", "encode_pairs"]


@dataclass(frozen=True, eq=False)
class Sequences:
    """Many sequences of whole numbers.

    Parameters
    ----------
    values : ndarray of int32, shape (total,)
        The sequences, one behind the other.
    offsets : ndarray of int64, shape (n + 1,)
        Where each begins; the last entry is `total`.
    """

    values: np.ndarray
    offsets: np.ndarray

    @classmethod
    def from_lists(cls, sequences: Iterable[Sequence[int]]) -> Sequences:
        """Lay sequences one behind the other.

        Parameters
        ----------
        sequences : iterable of sequence of int
            The sequences.

        Returns
        -------
        Sequences
            The same, packed.
        """
        values, ends = array("i"), [0]
        for sequence in sequences:
            values.extend(sequence)
            ends.append(len(values))
        return cls(np.array(values, dtype=np.int32), np.array(ends, dtype=np.int64))

    @classmethod
    def encode(cls, texts: Iterable[str], tokenizer: Tokenizer) -> Sequences:
        """Encode texts.

        Parameters
        ----------
        texts : iterable of str
            The texts.
        tokenizer : Tokenizer
            Turns each into numbers.

        Returns
        -------
        Sequences
            One sequence a text.
        """
        return cls.from_lists(map(tokenizer.encode, texts))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> np.ndarray:
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """The length of each sequence, int64, shape (n,)."""
        return np.diff(self.offsets)

    def padded(self, indices: np.ndarray, before: int | None = None, after: int | None = None) -> np.ndarray:
        """Gather some sequences into a rectangle.

        Parameters
        ----------
        indices : ndarray of int, shape (N,)
            Which sequences.
        before : int, optional
            A number to put in front of each.
        after : int, optional
            A number to put behind each.

        Returns
        -------
        ndarray of int64, shape (N, T)
            As wide as the longest; the rest is `PAD`.
        """
        first = int(before is not None)
        lengths = self.offsets[indices + 1] - self.offsets[indices]
        width = int(lengths.max(initial=0))
        rectangle = np.full((len(indices), first + width + (after is not None)), PAD, dtype=np.int64)
        places = np.arange(width)
        filled = places < lengths[:, None]  # (N, width)
        rectangle[:, first : first + width][filled] = self.values[(self.offsets[indices, None] + places)[filled]]
        if before is not None:
            rectangle[:, 0] = before
        if after is not None:
            rectangle[np.arange(len(indices)), first + lengths] = after
        return rectangle


@dataclass(frozen=True, eq=False)
class EncodedPairs:
    """Sources and references as numbers. A row is a source with one of its references.

    Parameters
    ----------
    sources : Sequences
        The sources, n of them.
    targets : Sequences
        The references of all sources, one behind the other, R of them.
    first_row : ndarray of int64, shape (n + 1,)
        Source i has the rows from ``first_row[i]`` up to, not including, ``first_row[i + 1]``.
    """

    sources: Sequences
    targets: Sequences
    first_row: np.ndarray

    @property
    def source_of_row(self) -> np.ndarray:
        """The source that each row belongs to, int64, shape (R,)."""
        return np.repeat(np.arange(len(self.sources)), np.diff(self.first_row))


def encode_pairs(pairs: Pairs, source_tokenizer: Tokenizer, target_tokenizer: Tokenizer) -> EncodedPairs:
    """Encode all sources and references, once for the whole training.

    Parameters
    ----------
    pairs : Pairs
        The texts.
    source_tokenizer : Tokenizer
        For the sources.
    target_tokenizer : Tokenizer
        For the references.

    Returns
    -------
    EncodedPairs
        The numbers, in the same order.

    Raises
    ------
    DataError
        When a source has no symbol or no reference.
    """
    sources = Sequences.encode(pairs.sources, source_tokenizer)
    targets = Sequences.encode(itertools.chain.from_iterable(pairs.references), target_tokenizer)
    return packed_pairs(pairs, sources, targets)


def packed_pairs(pairs: Pairs, sources: Sequences, targets: Sequences) -> EncodedPairs:
    """Bring sources and references together that are encoded, unless one is empty; see `encode_pairs`."""
    counts = np.fromiter(map(len, pairs.references), dtype=np.int64, count=len(pairs))
    for what, amounts in (("symbol", sources.lengths), ("reference", counts)):
        if not amounts.all():
            index = int(np.flatnonzero(amounts == 0)[0])
            raise DataError(
                f"encode_pairs: source {index}, {pairs.sources[index]!r}, must have at least one {what}, got none; "
                f"leave it out"
            )
    return EncodedPairs(sources, targets, np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]))
