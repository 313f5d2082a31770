"""How often the right class was answered, over all and class by class."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chainrule.errors import DataError
from chainrule.metrics.measurement import Measurement

__all__ = ["ClassificationScores", "accuracy_measurement", "classification_scores", "wilson_interval"]

_NORMAL_95 = 1.959963984540054  # a normal variable lies within so many standard deviations 95 % of the time


@dataclass(frozen=True, eq=False)
class ClassificationScores:
    """Counts of answers against the right classes.

    Parameters
    ----------
    confusion : ndarray of int64, shape (K, K)
        Entry (i, j) counts the examples of class i that were taken for class j.
    log_loss : float
        The mean of the right class's negative log-probability.
    """

    confusion: np.ndarray
    log_loss: float

    @property
    def examples(self) -> int:
        """How many examples there were."""
        return int(self.confusion.sum())

    @property
    def right(self) -> int:
        """How many of them were answered right."""
        return int(np.trace(self.confusion))

    @property
    def errors(self) -> int:
        """How many of them were answered wrong."""
        return self.examples - self.right

    @property
    def accuracy(self) -> float:
        """The share that was answered right."""
        return self.right / self.examples

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy."""
        return wilson_interval(self.right, self.examples)

    @property
    def class_accuracy(self) -> np.ndarray:
        """The share of each class that was answered right; NaN for a class without an example, shape (K,)."""
        totals = self.confusion.sum(axis=1)
        return np.where(totals, np.diag(self.confusion) / np.maximum(totals, 1), np.nan)


def classification_scores(probabilities: np.ndarray, labels: np.ndarray) -> ClassificationScores:
    """Score predicted probabilities of classes.

    Parameters
    ----------
    probabilities : ndarray of float, shape (N, K)
        Of each class; the largest is the answer, the first of several.
    labels : ndarray of int, shape (N,)
        The right classes.

    Returns
    -------
    ClassificationScores
        Counts and the mean loss.

    Raises
    ------
    DataError
        When there is nothing to score, or the two differ in number.
    """
    if not len(labels) or len(labels) != len(probabilities):
        raise DataError(
            f"classification_scores: expected as many rows of probabilities as labels and at least one, got "
            f"{len(probabilities)} and {len(labels)}"
        )
    classes = probabilities.shape[1]
    pairs = labels * classes + probabilities.argmax(axis=1)
    confusion = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    given = np.take_along_axis(probabilities, labels[:, None], axis=1)
    return ClassificationScores(confusion, float(-np.log(np.maximum(given, np.finfo(np.float64).tiny)).mean()))


def accuracy_measurement(probabilities: np.ndarray, labels: np.ndarray) -> Measurement:
    """Measure the share of right answers, for comparing two systems.

    Parameters
    ----------
    probabilities : ndarray of float, shape (N, K)
        Of each class, or their logarithms; the largest is the answer, the first of several.
    labels : ndarray of int, shape (N,)
        The right classes.

    Returns
    -------
    Measurement
        The accuracy.
    """
    right = probabilities.argmax(axis=1) == labels
    return Measurement("accuracy", np.stack([right, np.ones_like(right)], axis=1).astype(np.float64), per_cent=True)


def wilson_interval(successes: int, trials: int, deviations: float = _NORMAL_95) -> tuple[float, float]:
    """Estimate the confidence interval of a proportion by the score test (E. B. Wilson, 1927).

    Parameters
    ----------
    successes : int
        How often it happened.
    trials : int
        How often it could have, at least once.
    deviations : float
        The quantile of the normal distribution; the default gives a 95 % interval.

    Returns
    -------
    low : float
        The lower end of the interval.
    high : float
        The upper end.
    """
    share, z2 = successes / trials, deviations**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = deviations * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    return max(0.0, centre - half), min(1.0, centre + half)
