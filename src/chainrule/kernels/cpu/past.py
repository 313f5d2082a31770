"""What a search has read: a place keeps its number, so hypotheses share what they have in common."""

import numpy as np

from chainrule.kernels.cpu.memory import lined

CHUNK = 1 << 10  # places, whose memory is made at once; a power of two


class Past:
    """Memory for numbered places, which grows and never moves.

    Parameters
    ----------
    size : int
        How many float32 a place has.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._chunks: list[np.ndarray] = []
        self.count = 0

    def take(self, count: int) -> int:
        """Make room for more places, and return the number of the first one.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        int
            The others have the numbers after it.
        """
        first = self.count
        self.count += count
        while len(self._chunks) * CHUNK < self.count:
            self._chunks.append(lined(CHUNK, self._size))
        return first

    def addresses(self) -> np.ndarray:
        """Where the chunks begin."""
        return np.array([chunk.ctypes.data for chunk in self._chunks], np.int64)
