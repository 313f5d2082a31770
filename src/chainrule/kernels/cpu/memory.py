"""Memory for results: it begins a cache line, and large blocks are kept when they are let go of, for the next ones.

Memory from the system is cleared page by page when it is first written, which takes longer than most operations. So
glibc keeps what is freed, but never blocks of more than 32 MB, such as the images of a large batch: those are kept
here. What is kept and what is lent are together never more than was lent at one time.
"""

import functools
import math
import os
import threading
from collections import deque
from typing import Any

import numpy as np

LINE = 64  # bytes of a cache line
_LARGE = 31 << 20  # bytes
_SPARE = 8  # a block is lent for anything that leaves at most this part of it unused

# glibc gives freed memory back to the system beyond twice the largest block that it has seen freed, up to 32 MB. With
# a step's arrays that costs a quarter of the time of an LSTM, in page faults; so let it see one (nothing is touched).
np.empty(_LARGE, np.uint8)


def lined(*shape: int) -> np.ndarray:
    """Make an uninitialised float32 array that begins a cache line: registers are then read from one line each."""
    count = math.prod(shape)
    room = count + LINE // 4
    memory = np.empty(room, np.float32) if 4 * room < _LARGE else _shelf(os.getpid()).lend(room)
    skip = -memory.ctypes.data % LINE // 4
    return memory[skip : skip + count].reshape(shape)


class _Shelf:
    """Large blocks that nobody uses at the moment, the oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._returned: deque[np.ndarray] = deque()  # by finalisers, which may run anywhere: so they take no lock
        self._kept: list[np.ndarray] = []
        self._lent = self._most_lent = 0

    def lend(self, count: int) -> np.ndarray:
        """Return float32 numbers, at least `count`."""
        with self._lock:
            self._take_back()
            fitting = [i for i, block in enumerate(self._kept) if 0 <= block.size - count <= count // _SPARE]
            if fitting:
                block = self._kept.pop(min(fitting, key=lambda i: self._kept[i].size))
            else:
                self._drop(count)
                block = np.empty(count, np.float32)
            self._lent += block.size
            self._most_lent = max(self._most_lent, self._lent)
        return np.asarray(_Loan(block, self._returned))

    def _take_back(self) -> None:
        while self._returned:
            self._kept.append(self._returned.popleft())
            self._lent -= self._kept[-1].size

    def _drop(self, count: int) -> None:
        """Give blocks back to the system until there is room for another one."""
        while self._kept and self._lent + count + sum(block.size for block in self._kept) > self._most_lent:
            del self._kept[0]


class _Loan:
    """What the arrays that share a block refer to: it is gone when they are."""

    def __init__(self, block: np.ndarray, returned: deque[np.ndarray]) -> None:
        self._block, self._returned = block, returned

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self._block.__array_interface__

    def __del__(self) -> None:
        self._returned.append(self._block)


@functools.cache
def _shelf(process: int) -> _Shelf:
    """By process id, for a forked child may have copied a lock that was taken."""
    return _Shelf()
