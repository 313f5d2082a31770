"""How well a model foresees right answers."""

from __future__ import annotations

import math

import numpy as np

from chainrule.metrics.measurement import Measurement, ratio_of_sums

__all__ = ["perplexity"]


def perplexity(log_probabilities: np.ndarray, symbols: np.ndarray) -> Measurement:
    """Measure perplexity: among how many equally likely symbols a model, on average, seems to choose.

    It is exp(-sum of log-probabilities / number of symbols). That of models with different symbols cannot be compared.

    Parameters
    ----------
    log_probabilities : ndarray of float, shape (n,)
        Of each right answer, the end included, as natural logarithms.
    symbols : ndarray of int, shape (n,)
        How many symbols each has, the end included.

    Returns
    -------
    Measurement
        The perplexity.
    """
    statistics = np.stack([-np.asarray(log_probabilities, np.float64), np.asarray(symbols, np.float64)], axis=1)
    return Measurement("perplexity", statistics, lambda sums: math.exp(ratio_of_sums(sums)), lower_is_better=True)
