"""How close estimates come to numbers that are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chainrule.metrics.bootstrap import resampled_rows
from chainrule.metrics.measurement import Measurement

__all__ = ["regression_measurements"]


def regression_measurements(estimates: np.ndarray, numbers: np.ndarray) -> list[Measurement]:
    """Score estimates of numbers.

    Parameters
    ----------
    estimates : ndarray of float, shape (N,)
        What was said.
    numbers : ndarray of float, shape (N,)
        What was right.

    Returns
    -------
    list of Measurement
        The mean absolute error, in the unit of the numbers; R2 = 1 - sum (y - e)^2 / sum (y - mean y)^2, which is 0 for
        their mean and 1 where all is right; Pearson's correlation; and Spearman's, which is Pearson's of the ranks.
        Where all numbers are equal the last three are 0, and so are correlations of equal estimates.
    """
    # Moved, so that sums of squares keep their digits; neither R2 nor a correlation changes.
    e, y = (np.asarray(values, np.float64) - np.mean(numbers) for values in (estimates, numbers))
    ones = np.ones(len(y))
    errors = np.stack([np.abs(e - y), ones], axis=1)
    squares = np.stack([(e - y) ** 2, y, y * y, ones], axis=1)
    return [
        Measurement("mean absolute error", errors, lower_is_better=True),
        Measurement("R2", squares, _explained),
        Measurement("Pearson's correlation", _products(e, y), _correlation),
        _RankCorrelation("Spearman's rank correlation", np.stack([e, y], axis=1)),
    ]


def _explained(sums: np.ndarray) -> float:
    wrong, total, squares, count = sums
    spread = squares - total * total / count
    return float(1 - wrong / spread) if spread > 0 else 0.0


def _products(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([x, y, x * x, y * y, x * y, np.ones(len(x))], axis=1)


def _correlation(sums: np.ndarray) -> float:
    """Cov(x, y) / sqrt(Var(x) Var(y))."""
    x, y, xx, yy, xy, count = sums
    spread = (xx - x * x / count) * (yy - y * y / count)
    return float((xy - x * y / count) / math.sqrt(spread)) if spread > 0 else 0.0


@dataclass(frozen=True, eq=False)
class _RankCorrelation(Measurement):
    """The correlation of the ranks of two columns: no function of sums, for a rank depends on all examples."""

    @property
    def value(self) -> float:
        """The score."""
        return _correlation(_products(*map(_ranks, self.statistics.T)).sum(axis=0))

    def resampled(self, resamples: int = 1000, seed: int = 0) -> np.ndarray:
        """Score what comes of drawing the examples again with replacement, each draw with ranks of its own.

        Parameters
        ----------
        resamples : int
            How often to draw.
        seed : int
            Where the draws start.

        Returns
        -------
        ndarray of float64, shape (resamples,)
            The scores.
        """
        draws = (rows for part in resampled_rows(len(self.statistics), resamples, seed) for rows in part)
        return np.array([_RankCorrelation(self.name, self.statistics[rows]).value for rows in draws])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Rank from 0; equal values share the mean of their ranks (N,)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[inverse]
