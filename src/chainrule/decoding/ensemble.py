"""Several decoders as one: the mean of their probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.decoding.hypothesis import Step

__all__ = ["Ensemble"]


class Ensemble:
    """A step made of several, whose probabilities are averaged.

    Its memory and its state are lists with those of each.

    Parameters
    ----------
    steps : sequence of Step
        The steps of decoders with the same vocabulary.
    weights : sequence of float, optional
        How much each counts; they need not sum to one. All the same by default.

    Raises
    ------
    ValueError
        If there is none, or the weights are not one positive number for each.
    """

    def __init__(self, steps: Sequence[Step], weights: Sequence[float] | None = None) -> None:
        self._steps = list(steps)
        given = np.ones(len(self._steps)) if weights is None else np.asarray(weights, dtype=np.float64)
        if not self._steps or given.shape != (len(self._steps),) or not (given > 0).all():
            raise ValueError(
                f"Ensemble expected at least one step and a positive weight for each, but got {len(self._steps)} and "
                f"{weights}"
            )
        self._log_weights = np.log(given / given.sum())

    def __call__(self, tokens: np.ndarray, memory: Sequence[Any], state: Sequence[Any]) -> tuple[np.ndarray, list[Any]]:
        """Take a step with each.

        Parameters
        ----------
        tokens : ndarray of int, shape (N, W)
            The last symbols.
        memory : sequence of tree of arrays
            The memory of each.
        state : sequence of tree of arrays
            The state of each.

        Returns
        -------
        log_probabilities : ndarray, shape (N, W, V)
            The logarithm of the weighted mean of the probabilities.
        state : list of tree of arrays
            The next state of each.

        Raises
        ------
        ValueError
            If the decoders have different numbers of symbols.
        """
        answers, after = zip(*(step(tokens, m, s) for step, m, s in zip(self._steps, memory, state, strict=True)))
        log_probs = [np.asarray(answer) for answer in answers]
        sizes = [array.shape[-1] for array in log_probs]
        if len(set(sizes)) > 1:
            raise ValueError(f"Ensemble expected models with one vocabulary, but they have {sizes} symbols")
        weighted = [array + weight for array, weight in zip(log_probs, self._log_weights.astype(log_probs[0].dtype))]
        return np.logaddexp.reduce(weighted), list(after)
