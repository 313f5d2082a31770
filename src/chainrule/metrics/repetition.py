"""How sure the mean over repetitions is, such as trainings from several seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["student_interval", "student_quantile"]


def student_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """Estimate the confidence interval of a mean by Student's t, mean +- t s / sqrt(n) (W. S. Gosset, 1908).

    Parameters
    ----------
    values : sequence of float
        One of each repetition.
    confidence : float
        The share of such intervals that hold the true mean.

    Returns
    -------
    low : float
        The lower end of the interval; minus infinity for a single value, which says nothing about others.
    high : float
        The upper end.
    """
    count, mean = len(values), math.fsum(values) / len(values)
    if count == 1:
        return -math.inf, math.inf
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    half = student_quantile((1 + confidence) / 2, count - 1) * math.sqrt(variance / count)
    return mean - half, mean + half


def student_quantile(probability: float, freedom: int) -> float:
    """Find the value below which Student's t lies with some probability.

    Parameters
    ----------
    probability : float
        At least one half, below 1.
    freedom : int
        The degrees of freedom.

    Returns
    -------
    float
        The quantile, found by halving intervals.
    """
    low, high = 0.0, 1.0
    while _within(high, freedom) < 2 * probability - 1:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < 2 * probability - 1 else (low, middle)
    return high


def _within(t: float, freedom: int) -> float:
    """P(-t < T < t), a finite sum in the angle atan(t / sqrt(freedom)) (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for k in range(odd, freedom - 1, 2):
        total += term
        term *= math.cos(angle) ** 2 * (k + 1) / (k + 2)
    return 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
