"""How sure a score is, from the examples it was measured on alone."""

from __future__ import annotations

import numpy as np

__all__ = ["bootstrap_interval"]

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
    generator = np.random.Generator(np.random.Philox(seed))
    examples = len(numerators)
    at_once = max(1, _DRAWS_AT_ONCE // examples)
    ratios = []
    for start in range(0, resamples, at_once):
        rows = min(at_once, resamples - start)
        drawn = generator.integers(0, examples, size=(rows, examples), dtype=np.int32)
        ratios.append(numerators[drawn].sum(axis=1) / np.maximum(denominators[drawn].sum(axis=1), 1))
    outside = 100 * (1 - confidence) / 2
    low, high = np.percentile(np.concatenate(ratios), [outside, 100 - outside])
    return float(low), float(high)
