"""Log-probabilities that are worked out when somebody asks for them: most searches want the largest only."""

from typing import Any, NamedTuple

import numpy as np

from chainrule.kernels import select


class OutputLayer(NamedTuple):
    """What symbols are named with, for a search.

    Attributes
    ----------
    weight : ndarray, shape (V, E)
        One row a symbol.
    bias : ndarray, shape (V,), or None
        What is added to a symbol's score.
    prepared : object
        What the kernel `prepare_symbols` made of them.
    """

    weight: np.ndarray
    bias: np.ndarray | None
    prepared: Any


class Unwritten:
    """The log-probabilities of the next symbols (N, W, V), as what they are computed from.

    Parameters
    ----------
    found : ndarray, shape (N, W, E)
        What the symbols are named by.
    output : OutputLayer
        What they are named with.
    """

    def __init__(self, found: np.ndarray, output: OutputLayer) -> None:
        self._found, self._output = found, output
        self.shape = (*found.shape[:-1], len(output.weight))
        self.dtype = found.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy().astype(self.dtype if dtype is None else dtype, copy=False)

    def numpy(self) -> np.ndarray:
        """Write all of them down.

        Returns
        -------
        ndarray, shape (N, W, V)
            The log-probabilities.
        """
        kernels = select(self._found)
        return kernels.log_softmax(kernels.linear(self._found, self._output.weight, self._output.bias))

    def largest(self, offsets: np.ndarray, keep: int, never: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find those of each sentence that are largest when something is added to all of a hypothesis.

        Parameters
        ----------
        offsets : ndarray, shape (N, W)
            What is added.
        keep : int
            How many, at most W * V.
        never : ndarray of int64
            Symbols that may not be written.

        Returns
        -------
        places : ndarray of int64, shape (N, keep)
            Where they are among the W * V, the largest first.
        log_probs : ndarray, shape (N, keep)
            The log-probabilities; minus infinity for what may not be written.
        """
        return select(self._found).likeliest(offsets, self._found, self._output.prepared, keep, never)
