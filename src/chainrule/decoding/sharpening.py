"""What sampling draws from: distributions made sharper, flatter, or cut to their likeliest symbols."""

from __future__ import annotations

import numpy as np

from chainrule.decoding.filters import Written

__all__ = ["Temperature", "TopK", "TopP"]


class Temperature:
    """A distribution made sharper (below 1) or flatter (above 1): its log-probabilities divided by the temperature.

    Parameters
    ----------
    temperature : float
        Above 0.

    Raises
    ------
    ValueError
        When it is not above zero.
    """

    def __init__(self, temperature: float) -> None:
        if not temperature > 0.0:
            raise ValueError(
                f"Temperature expected a number above 0, but got {temperature}; greedy search is the limit"
            )
        self._temperature = temperature

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray:
        return scores / self._temperature


class TopK:
    """Only the k likeliest symbols stay, with those that are as likely as the last of them.

    Parameters
    ----------
    k : int
        How many; more than there are symbols means all.

    Raises
    ------
    ValueError
        When it is less than one.
    """

    def __init__(self, k: int) -> None:
        if k < 1:
            raise ValueError(f"TopK expected k of at least 1, but got {k}")
        self._k = k

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray:
        if self._k >= scores.shape[-1]:
            return scores
        last = np.partition(scores, -self._k, axis=-1)[..., -self._k, None]
        return np.where(scores < last, -np.inf, scores)


class TopP:
    """Only the likeliest symbols stay that together have the probability p (A. Holtzman et al., 2020, the nucleus).

    Parameters
    ----------
    p : float
        Above 0 and at most 1; the likeliest symbol always stays.

    Raises
    ------
    ValueError
        When it is out of range.
    """

    def __init__(self, p: float) -> None:
        if not 0.0 < p <= 1.0:
            raise ValueError(f"TopP expected a probability above 0 and at most 1, but got {p}")
        self._p = p

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray:
        order = np.argsort(-scores, axis=-1, kind="stable")
        likely = np.take_along_axis(scores, order, axis=-1)
        weights = np.exp(likely - np.maximum(likely[..., :1], -np.finfo(likely.dtype).max))
        before = np.cumsum(weights, axis=-1) - weights
        dropped = before >= self._p * weights.sum(axis=-1, keepdims=True)
        np.put_along_axis(scores, order, np.where(dropped, -np.inf, likely), axis=-1)
        return scores
