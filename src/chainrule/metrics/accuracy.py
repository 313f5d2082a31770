"""Accuracy of numbers against numbers, as in a training step under teacher forcing."""

from __future__ import annotations

import numpy as np

from chainrule.errors import DataError

__all__ = ["sequence_accuracy", "token_accuracy"]


def token_accuracy(predicted: np.ndarray, target: np.ndarray, ignore_index: int = 0) -> float:
    """Tell which share of tokens is right.

    Parameters
    ----------
    predicted : ndarray of int, shape (N, T)
        The predicted tokens.
    target : ndarray of int, shape (N, T)
        The right ones.
    ignore_index : int
        Where the target is this, as in padding, nothing is counted.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    DataError
        When the shapes differ or there is nothing to count.
    """
    counted = _counted("token_accuracy", predicted, target, ignore_index)
    return float(np.mean(predicted[counted] == target[counted]))


def sequence_accuracy(predicted: np.ndarray, target: np.ndarray, ignore_index: int = 0) -> float:
    """Tell which share of sequences is right in every token.

    Parameters
    ----------
    predicted : ndarray of int, shape (N, T)
        The predicted tokens.
    target : ndarray of int, shape (N, T)
        The right ones.
    ignore_index : int
        Where the target is this, as in padding, nothing is counted.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    DataError
        When the shapes differ or there is nothing to count.
    """
    counted = _counted("sequence_accuracy", predicted, target, ignore_index)
    return float(np.mean(np.all((predicted == target) | ~counted, axis=1)))


def _counted(owner: str, predicted: np.ndarray, target: np.ndarray, ignore_index: int) -> np.ndarray:
    if predicted.ndim != 2 or predicted.shape != target.shape:
        raise DataError(
            f"{owner}: both arrays must have the same shape (N, T), got {predicted.shape} and {target.shape}"
        )
    counted = target != ignore_index
    if not counted.any():
        raise DataError(f"{owner}: every target is {ignore_index}, which is not counted; give at least one other")
    return counted
