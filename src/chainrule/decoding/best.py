"""The largest of many numbers, row by row."""

import numpy as np

__all__ = ["largest"]

_BLOCK = 64  # the k largest lie in the k blocks with the largest maxima, and maxima are cheap


def largest(values: np.ndarray, keep: int) -> np.ndarray:
    """Find the largest numbers of each row.

    Parameters
    ----------
    values : ndarray, shape (N, M)
        The numbers.
    keep : int
        How many, at most M.

    Returns
    -------
    ndarray of int64, shape (N, keep)
        Their places, the largest first; of equal ones at the border any may be left out, the same in any company.
    """
    rows, count = values.shape
    whole = count // _BLOCK * _BLOCK
    if whole // _BLOCK <= 4 * keep:
        return _sorted(values, keep)
    maxima = values[:, :whole].reshape(rows, -1, _BLOCK).max(axis=-1)
    blocks = np.argpartition(-maxima, keep - 1, axis=1)[:, :keep]
    blocks.sort(axis=1)
    places = (blocks[:, :, None] * _BLOCK + np.arange(_BLOCK)).reshape(rows, -1)
    rest = np.broadcast_to(np.arange(whole, count), (rows, count - whole))
    places = np.concatenate([places, rest], axis=1)
    chosen = _sorted(np.take_along_axis(values, places, axis=1), keep)
    return np.take_along_axis(places, chosen, axis=1)


def _sorted(values: np.ndarray, keep: int) -> np.ndarray:
    places = np.argpartition(-values, keep - 1, axis=1)[:, :keep]
    places.sort(axis=1)
    order = np.argsort(-np.take_along_axis(values, places, axis=1), axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1)
