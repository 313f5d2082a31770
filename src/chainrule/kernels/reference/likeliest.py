"""The likeliest symbols of a search's step, from what they are named by."""

from typing import Any

import numpy as np

from chainrule.kernels.reference.dense import linear
from chainrule.kernels.reference.largest import largest_sums
from chainrule.kernels.reference.softmax import log_softmax


def prepare_symbols(weight: np.ndarray, bias: np.ndarray | None) -> Any:
    """Arrange an output layer for `likeliest`.

    Parameters
    ----------
    weight : ndarray, shape (V, E)
        One row a symbol.
    bias : ndarray, shape (V,), or None
        What is added to a symbol's score.

    Returns
    -------
    object or None
        For the same kernels' `likeliest`; None where they cannot do it.
    """
    return weight, bias


def likeliest(
    offsets: np.ndarray, x: np.ndarray, symbols: Any, keep: int, never: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find the largest of ``offsets[n, w] + log_softmax(x weight' + bias)[n, w, v]`` for each n.

    Parameters
    ----------
    offsets : ndarray, shape (N, W)
        What is added to all log-probabilities of a hypothesis.
    x : ndarray, shape (N, W, E)
        What the symbols are named by.
    symbols : object
        What `prepare_symbols` returned.
    keep : int
        How many, at most W * V.
    never : ndarray of int64
        Symbols that count as minus infinity when they are compared, but not in the softmax.

    Returns
    -------
    places : ndarray of int64, shape (N, keep)
        Where they are among the W * V, the largest first; of equal ones those that come first.
    log_probs : ndarray, shape (N, keep)
        Their log-probabilities, minus infinity for those that are never written.
    """
    log_probs = log_softmax(linear(x, *symbols))
    log_probs[..., never] = -np.inf
    places = largest_sums(offsets, log_probs, keep)
    return places, np.take_along_axis(log_probs.reshape(len(x), -1), places, axis=1)
