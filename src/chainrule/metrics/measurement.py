"""A score of a whole set as a function of sums over its examples, so that it can be resampled and compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.errors import DataError
from chainrule.metrics.bootstrap import resampled_sums

__all__ = ["Comparison", "Measurement", "compare_measurements", "ratio_of_sums"]

_OUTSIDE = 2.5  # per cent on each side of a 95 % interval


def ratio_of_sums(sums: np.ndarray) -> float:
    """Divide the first sum by the second, as an error rate does.

    Parameters
    ----------
    sums : ndarray, shape (2,)
        Such as errors and symbols.

    Returns
    -------
    float
        The ratio; zero for a divisor of zero.
    """
    return float(sums[0] / sums[1]) if sums[1] else 0.0


@dataclass(frozen=True, eq=False)
class Measurement:
    """One score of one system on some examples.

    Parameters
    ----------
    name : str
        What is measured, such as ``"BLEU"``.
    statistics : ndarray of float64, shape (n, k)
        What each example adds to each of k sums.
    of_sums : callable
        From the sums, (k,), to the score.
    lower_is_better : bool
        Whether a smaller score is the better one, as for error rates.
    per_cent : bool
        Whether the score is a fraction, to be shown in per cent.
    signature : str
        How it was computed, for others to compute the same; empty where the name says it.
    """

    name: str
    statistics: np.ndarray
    of_sums: Callable[[np.ndarray], float] = ratio_of_sums
    lower_is_better: bool = False
    per_cent: bool = False
    signature: str = ""

    @property
    def value(self) -> float:
        """The score."""
        return self.of_sums(self.statistics.sum(axis=0))

    def resampled(self, resamples: int = 1000, seed: int = 0) -> np.ndarray:
        """Score what comes of drawing the examples again with replacement (B. Efron, 1979).

        Parameters
        ----------
        resamples : int
            How often to draw.
        seed : int
            Where the draws start; the same seed draws the same examples of sets of the same size.

        Returns
        -------
        ndarray of float64, shape (resamples,)
            The scores.
        """
        return np.array([self.of_sums(sums) for sums in resampled_sums(self.statistics, resamples, seed)])

    def interval(self, resamples: int = 1000, seed: int = 0) -> tuple[float, float]:
        """Estimate the 95 % confidence interval by the percentile bootstrap.

        Parameters
        ----------
        resamples : int
            How often to draw.
        seed : int
            Where the draws start.

        Returns
        -------
        tuple of float
            Its lower and its upper end.
        """
        low, high = np.percentile(self.resampled(resamples, seed), [_OUTSIDE, 100 - _OUTSIDE])
        return float(low), float(high)


@dataclass(frozen=True)
class Comparison:
    """How two systems differ in one score on the same examples.

    Parameters
    ----------
    first, second : float
        The two scores.
    interval : tuple of float
        The 95 % confidence interval of the difference, second less first.
    p_value : float
        How likely a difference at least as large is where there is none.
    """

    first: float
    second: float
    interval: tuple[float, float]
    p_value: float

    @property
    def difference(self) -> float:
        """The second score less the first."""
        return self.second - self.first


def compare_measurements(first: Measurement, second: Measurement, resamples: int = 1000, seed: int = 0) -> Comparison:
    """Test whether two systems differ, by the paired bootstrap.

    Both are scored on the same draws of examples (P. Koehn, Statistical significance tests for machine translation
    evaluation, 2004). The p-value is two-sided: the share of draws whose difference is at least as far from the mean
    difference as the real one is from zero, as sacreBLEU computes it.

    Parameters
    ----------
    first, second : Measurement
        The same score of two systems on the same examples.
    resamples : int
        How often to draw.
    seed : int
        Where the draws start.

    Returns
    -------
    Comparison
        Scores, interval and p-value.

    Raises
    ------
    DataError
        When the two are different scores or of different numbers of examples.
    """
    if (first.name, first.signature, len(first.statistics)) != (second.name, second.signature, len(second.statistics)):
        raise DataError(
            f"compare_measurements: expected the same score of the same examples, got {first.name} of "
            f"{len(first.statistics)} and {second.name} of {len(second.statistics)}"
        )
    differences = second.resampled(resamples, seed) - first.resampled(resamples, seed)
    low, high = np.percentile(differences, [_OUTSIDE, 100 - _OUTSIDE])
    real = second.value - first.value
    # To the precision of the sums, so that equal systems are equal.
    farther = np.abs(differences - differences.mean()) >= abs(real) - 1e-12
    return Comparison(first.value, second.value, (float(low), float(high)), (int(farther.sum()) + 1) / (resamples + 1))
