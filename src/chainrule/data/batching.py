"""Batches of similar lengths under a token budget, in an order that depends on seed and epoch alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from chainrule.data.batch import Batch, SourceBatch, assemble_batch
from chainrule.data.epochs import EpochStream, random_order
from chainrule.data.segmentation import Segmentation
from chainrule.data.sequences import EncodedPairs, Sequences
from chainrule.errors import ConfigError, DataError

__all__ = ["TrainingBatches", "cut_by_length", "evaluation_batches", "source_batches"]


class TrainingBatches(EpochStream):
    """An endless stream of batches, epoch after epoch.

    Examples are sorted by their lengths, equal lengths in an order drawn anew for each epoch, cut into
    batches, and the batches shuffled.

    Parameters
    ----------
    examples : EncodedPairs
        What to train on.
    max_tokens : int
        The most that rows times the longest sequence of a batch, source or target, may be.
    max_rows : int
        The most rows of a batch.
    seed : int
        Where the random order starts.
    bucket_width : int
        Lengths that fall into the same span of this width count as equal: with more, batches are more mixed
        and hold more padding.
    sample_reference : bool
        Of a source with several references, take one an epoch, drawn at random, instead of all.
    segmentation : Segmentation, optional
        Encodes the same rows anew in each epoch. The budget counts the symbols of `examples`, which may be fewer.

    Attributes
    ----------
    batches_per_epoch : int
        How many batches see every example once.

    Raises
    ------
    ConfigError
        When `max_tokens`, `max_rows` or `bucket_width` is below 1 or `seed` is not of 64 bits.
    DataError
        When there is no example, or one that alone is over the budget.
    """

    def __init__(
        self,
        examples: EncodedPairs,
        *,
        max_tokens: int,
        max_rows: int,
        seed: int = 0,
        bucket_width: int = 1,
        sample_reference: bool = False,
        segmentation: Segmentation | None = None,
    ) -> None:
        _check_limits("TrainingBatches", max_tokens=max_tokens, max_rows=max_rows, bucket_width=bucket_width)
        if not len(examples.sources):
            raise DataError("TrainingBatches: there is no example to train on; give at least one")
        self._examples, self._segmentation = examples, segmentation
        self._sample_reference = sample_reference
        source_lengths, target_lengths = self._lengths()
        longest = np.maximum(source_lengths, target_lengths)
        if longest.max() > max_tokens:
            raise DataError(
                f"TrainingBatches: the longest example has {longest.max()} symbols, more than max_tokens = "
                f"{max_tokens}; raise max_tokens or leave the example out"
            )
        self._bucket = _order_of_lengths(-(-source_lengths // bucket_width), -(-target_lengths // bucket_width))
        # The cuts must fit whatever order the buckets have, so each example counts as its bucket's longest.
        bounds = np.minimum(-(-longest // bucket_width) * bucket_width, longest.max())
        self._cuts = cut_by_length(bounds[np.argsort(self._bucket, kind="stable")], max_tokens, max_rows)
        super().__init__(seed, len(self._cuts) - 1)

    def _assemble(self, part: np.ndarray) -> Batch:
        if self._segmentation is None:
            return assemble_batch(self._examples, part)
        encoded = self._segmentation.encode(part, self.position[0])
        return replace(assemble_batch(encoded, np.arange(len(part))), indices=part)

    def _lengths(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the lengths of what an epoch goes through: rows, or sources with their longest reference."""
        source_lengths = self._examples.sources.lengths
        target_lengths = self._examples.targets.lengths + 1  # with EOS
        if self._sample_reference:
            return source_lengths, np.maximum.reduceat(target_lengths, self._examples.first_row[:-1])
        return source_lengths[self._examples.source_of_row], target_lengths

    def _plan_epoch(self, bits: np.random.Philox) -> list[np.ndarray]:
        """Return the rows of each batch of an epoch, in order."""
        order = np.lexsort((bits.random_raw(len(self._bucket)), self._bucket))
        shuffled = random_order(bits, self.batches_per_epoch)
        if self._sample_reference:
            first_row = self._examples.first_row
            draws = bits.random_raw(len(order)) >> np.uint64(32)
            choice = (draws * np.diff(first_row).astype(np.uint64)) >> np.uint64(32)  # uniform below the count
            order = (first_row[:-1] + choice.astype(np.int64))[order]
        return [order[self._cuts[b] : self._cuts[b + 1]] for b in shuffled]


def evaluation_batches(examples: EncodedPairs, *, max_tokens: int, max_rows: int) -> Iterator[Batch]:
    """Go once through all rows, in batches of similar lengths, in a fixed order.

    Parameters
    ----------
    examples : EncodedPairs
        The rows.
    max_tokens : int
        The most that rows times the longest sequence may be; a longer example makes a batch of its own.
    max_rows : int
        The most rows of a batch.

    Yields
    ------
    Batch
        The next rows, the shortest first.
    """
    _check_limits("evaluation_batches", max_tokens=max_tokens, max_rows=max_rows)
    source_lengths = examples.sources.lengths[examples.source_of_row]
    target_lengths = examples.targets.lengths + 1
    order = np.argsort(_order_of_lengths(source_lengths, target_lengths), kind="stable")
    bounds = cut_by_length(np.maximum(source_lengths, target_lengths)[order], max_tokens, max_rows)
    for start, end in itertools.pairwise(bounds):
        yield assemble_batch(examples, order[start:end])


def source_batches(sources: Sequences, *, max_tokens: int, max_rows: int) -> Iterator[SourceBatch]:
    """Go once through all sources, in batches of similar lengths, in a fixed order.

    Parameters
    ----------
    sources : Sequences
        The sources.
    max_tokens : int
        The most that rows times the longest source may be; a longer source makes a batch of its own.
    max_rows : int
        The most rows of a batch.

    Yields
    ------
    SourceBatch
        The next sources, the shortest first; `SourceBatch.indices` says which they are.
    """
    _check_limits("source_batches", max_tokens=max_tokens, max_rows=max_rows)
    lengths = sources.lengths
    order = np.argsort(lengths, kind="stable")
    bounds = cut_by_length(lengths[order], max_tokens, max_rows)
    for start, end in itertools.pairwise(bounds):
        rows = order[start:end]
        yield SourceBatch(sources.padded(rows), lengths[rows], rows)


def _order_of_lengths(source_lengths: np.ndarray, target_lengths: np.ndarray) -> np.ndarray:
    """Number the pairs of lengths so that neighbours are similar: by source, then up or down by target."""
    # Up for odd sources and down for even ones, so that a batch across the border stays narrow.
    snake = np.where(source_lengths % 2, target_lengths, -target_lengths)
    return source_lengths * (2 * int(target_lengths.max(initial=0)) + 1) + snake


def cut_by_length(longest: np.ndarray, max_tokens: int, max_rows: int) -> list[int]:
    """Cut examples, sorted by length, into batches as large as the limits allow.

    Parameters
    ----------
    longest : ndarray of int, shape (n,)
        The length that each example takes.
    max_tokens : int
        The most that rows times the longest example may be; a longer example makes a batch of its own.
    max_rows : int
        The most rows of a batch.

    Returns
    -------
    list of int
        Where each batch begins, and n.
    """
    bounds = [0]
    while bounds[-1] < len(longest):
        widths = np.maximum.accumulate(longest[bounds[-1] : bounds[-1] + max_rows])
        fitting = int(np.count_nonzero(widths * np.arange(1, len(widths) + 1) <= max_tokens))
        bounds.append(bounds[-1] + max(1, fitting))
    return bounds


def _check_limits(owner: str, **limits: int) -> None:
    for name, value in limits.items():
        if value < 1:
            raise ConfigError(f"{owner}: {name} must be at least 1, got {value}")
