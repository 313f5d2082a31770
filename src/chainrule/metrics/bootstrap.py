"""How sure a score is, from the examples it was measured on alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

__all__ = ["bootstrap_interval", "resampled_rows", "resampled_sums"]

_DRAWS_AT_ONCE = 1 << 20  # keeps memory at some megabytes, whatever the number of examples


def bootstrap_interval(
    numerators: np.ndarray,
    denominators: np.ndarray,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Estimate the confidence interval of a ratio of two sums over examples by the percentile bootstrap.

    The examples are drawn again with replacement, as many as there are, and the ratio is computed anew
    (Efron, 1979).

    Parameters
    ----------
    numerators : ndarray of int, shape (n,)
        What each example adds to the numerator, such as its errors.
    denominators : ndarray of int, shape (n,)
        What it adds to the denominator, such as its length.
    resamples : int
        How often to draw.
    confidence : float
        The share of ratios inside the interval.
    seed : int
        Where the random draws start.

    Returns
    -------
    low : float
        The lower end of the interval.
    high : float
        The upper end.
    """
    sums = resampled_sums(np.stack([numerators, denominators], axis=1), resamples, seed)
    outside = 100 * (1 - confidence) / 2
    low, high = np.percentile(sums[:, 0] / np.maximum(sums[:, 1], 1), [outside, 100 - outside])
    return float(low), float(high)


def resampled_sums(statistics: np.ndarray, resamples: int, seed: int = 0) -> np.ndarray:
    """Draw examples again with replacement, as many as there are, and add up what they have.

    Parameters
    ----------
    statistics : ndarray, shape (n, k)
        What each example adds to each of k sums.
    resamples : int
        How often to draw.
    seed : int
        Where the random draws start; the same seed draws the same examples for the same n.

    Returns
    -------
    ndarray, shape (resamples, k)
        The sums of each draw.
    """
    sums = [
        np.stack([column[drawn].sum(axis=1) for column in statistics.T], axis=1)
        for drawn in resampled_rows(len(statistics), resamples, seed)
    ]
    return np.concatenate(sums)


def resampled_rows(examples: int, resamples: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Draw examples again with replacement, as many as there are.

    Parameters
    ----------
    examples : int
        How many there are, n.
    resamples : int
        How often to draw.
    seed : int
        Where the random draws start.

    Yields
    ------
    ndarray of int32, shape (r, n)
        The examples of the next r draws.
    """
    generator = np.random.Generator(np.random.Philox(seed))
    at_once = max(1, _DRAWS_AT_ONCE // examples)
    for start in range(0, resamples, at_once):
        rows = min(at_once, resamples - start)
        yield generator.integers(0, examples, size=(rows, examples), dtype=np.int32)
