"""The largest of many sums, row by row."""

import numpy as np

__all__ = ["largest_sums"]

_BLOCK = 16  # the k largest lie in the k blocks with the largest maxima, and maxima are cheap


def largest_sums(offsets: np.ndarray, values: np.ndarray, keep: int) -> np.ndarray:
    """Find the largest of ``offsets[n, w] + values[n, w, v]`` for each n, without making all of these sums.

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
        Their places among the W * V, the largest first; of equal ones at the border any may be left out, the same in
        any company.
    """
    rows, width, count = values.shape
    blocks = count // _BLOCK
    if width * blocks <= 4 * keep:
        sums = (offsets[:, :, None] + values).reshape(rows, -1)
        return _sorted(sums, keep)
    whole = blocks * _BLOCK
    # Block b has the places b, b + blocks, ...: so its maximum is one of whole vectors.
    maxima = values[:, :, :whole].reshape(rows, width, _BLOCK, blocks).max(axis=2) + offsets[:, :, None]
    chosen = np.argpartition(-maxima.reshape(rows, -1), keep - 1, axis=1)[:, :keep]
    beams, first = chosen // blocks, chosen % blocks  # (N, keep)
    inside = ((beams * count + first)[:, :, None] + blocks * np.arange(_BLOCK)).reshape(rows, -1)
    rest = (np.arange(width)[:, None] * count + np.arange(whole, count)).reshape(-1)  # what no block has
    places = np.sort(np.concatenate([inside, np.broadcast_to(rest, (rows, len(rest)))], axis=1), axis=1)
    sums = np.take_along_axis(values.reshape(rows, -1), places, axis=1)
    sums = sums + np.take_along_axis(offsets, places // count, axis=1)
    return np.take_along_axis(places, _sorted(sums, keep), axis=1)


def _sorted(values: np.ndarray, keep: int) -> np.ndarray:
    places = np.argpartition(-values, keep - 1, axis=1)[:, :keep]
    places.sort(axis=1)
    order = np.argsort(-np.take_along_axis(values, places, axis=1), axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1)
