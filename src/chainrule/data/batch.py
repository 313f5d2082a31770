"""A batch: sequences padded to a rectangle, with their lengths."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from chainrule.data.epochs import row_parts
from chainrule.data.sequences import EncodedPairs
from chainrule.data.tokenizers import BOS, EOS

__all__ = ["Batch", "SourceBatch", "assemble_batch"]


@dataclass(frozen=True, eq=False)
class SourceBatch:
    """Sources to predict from.

    Parameters
    ----------
    source : ndarray of int64, shape (N, S)
        Symbol numbers, padded with `PAD`.
    source_lengths : ndarray of int64, shape (N,)
        How much of each row is not padding.
    indices : ndarray of int64, shape (N,)
        Which source each row is.
    """

    source: np.ndarray
    source_lengths: np.ndarray
    indices: np.ndarray

    def __len__(self) -> int:
        return len(self.indices)


@dataclass(frozen=True, eq=False)
class Batch:
    """Sources with one target each.

    Parameters
    ----------
    source : ndarray of int64, shape (N, S)
        Symbol numbers, padded with `PAD`.
    source_lengths : ndarray of int64, shape (N,)
        How much of each row is not padding.
    target_in : ndarray of int64, shape (N, T)
        `BOS` and the target, padded: what a decoder is given.
    target_out : ndarray of int64, shape (N, T)
        The target and `EOS`, padded: what it must answer.
    target_lengths : ndarray of int64, shape (N,)
        The lengths of both, the added symbol included.
    indices : ndarray of int64, shape (N,)
        Which row of the `EncodedPairs` each one is.
    """

    source: np.ndarray
    source_lengths: np.ndarray
    target_in: np.ndarray
    target_out: np.ndarray
    target_lengths: np.ndarray
    indices: np.ndarray

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def target_tokens(self) -> int:
        """How many symbols a decoder must answer, padding apart."""
        return int(self.target_lengths.sum())

    def split(self, parts: int) -> list[Batch]:
        """Cut the batch into smaller ones, whose gradients add up to its own.

        Parameters
        ----------
        parts : int
            How many; there are fewer when the batch has fewer rows.

        Returns
        -------
        list of Batch
            Parts of nearly the same number of rows; they are as wide as the whole, as dropout masks of attention depend
            on that.
        """
        return [self._rows(rows) for rows in row_parts(len(self), parts)]

    def _rows(self, rows: np.ndarray) -> Batch:
        return Batch(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def assemble_batch(examples: EncodedPairs, rows: np.ndarray) -> Batch:
    """Gather some rows into a batch.

    Parameters
    ----------
    examples : EncodedPairs
        The data.
    rows : ndarray of int64, shape (N,)
        Which rows, in this order.

    Returns
    -------
    Batch
        As wide as its longest source and its longest target.
    """
    sources = np.searchsorted(examples.first_row, rows, side="right") - 1
    target_lengths = examples.targets.offsets[rows + 1] - examples.targets.offsets[rows] + 1
    return Batch(
        source=examples.sources.padded(sources),
        source_lengths=examples.sources.offsets[sources + 1] - examples.sources.offsets[sources],
        target_in=examples.targets.padded(rows, before=BOS),
        target_out=examples.targets.padded(rows, after=EOS),
        target_lengths=target_lengths,
        indices=rows,
    )
