"""Many arrays for one call of a kernel."""

import ctypes
import functools
import itertools
import operator
from collections.abc import Sequence

import numpy as np

_FLOAT32 = np.dtype(np.float32)


class ArrayList(tuple):
    """Arrays that are worked on together, and what a kernel asks about them, found out once.

    Whoever has the same arrays again and again, such as an optimiser, keeps one of these for as long as they are the
    same.
    """

    def holds(self, arrays: Sequence[np.ndarray]) -> bool:
        """Whether these are the very arrays in it."""
        return len(arrays) == len(self) and all(map(operator.is_, self, arrays))

    @functools.cached_property
    def shapes(self) -> list[tuple[int, ...]]:
        """The arrays' shapes."""
        return [array.shape for array in self]

    @functools.cached_property
    def ends(self) -> np.ndarray:
        """Where each ends, shape (len,) of int64, if all their elements are counted through."""
        return np.fromiter(itertools.accumulate(array.size for array in self), np.int64, len(self))

    @functools.cached_property
    def addresses(self) -> np.ndarray | None:
        """Where each begins, shape (len,) of int64; None unless all are aligned, writable float32 in C order."""
        try:
            return np.array([_address(array) for array in self], np.int64)
        except (BufferError, TypeError, ValueError):  # not contiguous, read-only, or of another type
            return None

    def __reduce__(self) -> tuple:
        """A copy has arrays at other places."""
        return ArrayList, (tuple(self),)


addressof, byte_in = ctypes.addressof, ctypes.c_char.from_buffer


def _address(array: np.ndarray) -> int:
    if (array.dtype is not _FLOAT32 and array.dtype != _FLOAT32) or not array.flags.aligned:
        raise TypeError
    # In a third of the time of array.ctypes.
    return addressof(byte_in(array)) if array.size else 0  # type: ignore[arg-type]
