"""An endless stream of batches, epoch after epoch, that can be taken to any position."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from chainrule.errors import ConfigError, DataError
from chainrule.random import Generator

__all__ = ["ChangedBatches", "EpochStream", "random_order", "row_parts"]


class EpochStream(ABC):
    """Batches whose order follows from seed and epoch alone, so that no position needs those before it.

    Subclasses say how many batches an epoch has, what each consists of, and how one is put together. All epochs have
    the same number of batches.

    Parameters
    ----------
    seed : int
        Where the random order starts, of 64 bits.
    batches_per_epoch : int
        How many batches see every example once.

    Attributes
    ----------
    batches_per_epoch : int
        The same.

    Raises
    ------
    ConfigError
        When `seed` is not of 64 bits.
    """

    def __init__(self, seed: int, batches_per_epoch: int) -> None:
        if not 0 <= seed < 2**64:
            raise ConfigError(f"{type(self).__name__}: seed must be at least 0 and below 2**64, got {seed}")
        self._seed, self.batches_per_epoch = seed, batches_per_epoch
        self._position = (0, 0)
        self._plan: list[Any] | None = None

    @abstractmethod
    def _plan_epoch(self, bits: np.random.Philox) -> list[Any]:
        """What each batch of an epoch consists of, in order; `bits` are the random ones of the epoch."""

    @abstractmethod
    def _assemble(self, part: Any) -> Any:
        """Put the batch together that consists of this."""

    @property
    def position(self) -> tuple[int, int]:
        """Epoch and place in it of the next batch; setting it takes the stream there."""
        return self._position

    @position.setter
    def position(self, position: tuple[int, int]) -> None:
        epoch, index = position
        if epoch < 0 or not 0 <= index < self.batches_per_epoch:
            raise DataError(
                f"{type(self).__name__}: the position ({epoch}, {index}) lies outside the data, which has "
                f"{self.batches_per_epoch} batches an epoch; resume with the data the run was started with"
            )
        if epoch != self._position[0]:
            self._plan = None
        self._position = (epoch, index)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        epoch, index = self._position
        if self._plan is None:
            # Raw bits of Philox are the same in every version of NumPy.
            self._plan = self._plan_epoch(np.random.Philox(key=np.array([self._seed, epoch], dtype=np.uint64)))
        batch = self._assemble(self._plan[index])
        self.position = (epoch, index + 1) if index + 1 < self.batches_per_epoch else (epoch + 1, 0)
        return batch


class ChangedBatches:
    """A stream whose batches are changed at random, each by its position alone.

    Parameters
    ----------
    stream : EpochStream
        The batches.
    change : callable
        From a batch and a `Generator` to a batch.
    seed : int
        Where the random changes start.

    Attributes
    ----------
    batches_per_epoch : int
        That of the stream.
    """

    def __init__(self, stream: EpochStream, change: Callable[[Any, Generator], Any], seed: int) -> None:
        self._stream, self._change, self._seed = stream, change, seed
        self.batches_per_epoch = stream.batches_per_epoch

    @property
    def position(self) -> tuple[int, int]:
        """Epoch and place in it of the next batch; setting it takes the stream there."""
        return self._stream.position

    @position.setter
    def position(self, position: tuple[int, int]) -> None:
        self._stream.position = position

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        epoch, index = self.position
        generator = Generator(self._seed)
        generator.step = epoch * self.batches_per_epoch + index
        return self._change(next(self._stream), generator)


def random_order(bits: np.random.Philox, count: int) -> np.ndarray:
    """Draw an order.

    Parameters
    ----------
    bits : Philox
        Where the random bits come from.
    count : int
        Of how many things.

    Returns
    -------
    ndarray of int64, shape (count,)
        The numbers 0 to count - 1, shuffled the same way in every version of NumPy.
    """
    return np.argsort(bits.random_raw(count), kind="stable")


def row_parts(rows: int, parts: int) -> list[np.ndarray]:
    """Cut the rows of a batch into parts of nearly the same size.

    Parameters
    ----------
    rows : int
        How many rows there are.
    parts : int
        How many parts; there are fewer when there are fewer rows.

    Returns
    -------
    list of ndarray of int64
        Which rows each part has, none of them empty.
    """
    return [part for part in np.array_split(np.arange(rows), parts) if part.size]
