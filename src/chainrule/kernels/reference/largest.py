"""The largest of many sums, row by row: what a beam goes on with."""

import numpy as np


def largest_sums(offsets: np.ndarray, values: np.ndarray, keep: int) -> np.ndarray:
    """Find the largest of ``offsets[n, w] + values[n, w, v]`` for each n.

    Parameters
    ----------
    offsets : ndarray, shape (N, W)
        What is added to all values of a hypothesis.
    values : ndarray, shape (N, W, V)
        The values.
    keep : int
        How many, at most W * V.

    Returns
    -------
    ndarray of int64, shape (N, keep)
        Their places among the W * V, the largest first; of equal ones those that come first.
    """
    sums = (offsets[:, :, None] + values).reshape(len(values), -1)
    return np.argsort(-sums, axis=1, kind="stable")[:, :keep]
