"""The scores that a model gives texts, and how good they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.autodiff import no_grad
from chainrule.data.sequences import Sequences
from chainrule.data.token_batches import text_batches

__all__ = ["Scores", "score_texts"]

_MAX_TOKENS, _MAX_ROWS = 8192, 256


@dataclass(frozen=True)
class Scores:
    """What a model says of the labels of texts.

    Attributes
    ----------
    log_probabilities : ndarray of float32, shape (N, labels)
        Of each label.
    """

    log_probabilities: np.ndarray

    @property
    def best(self) -> np.ndarray:
        """The likeliest label of each text, int64, shape (N,)."""
        return self.log_probabilities.argmax(axis=1)

    def error_rate(self, labels: np.ndarray) -> float:
        """Return the share of texts whose likeliest label is wrong.

        Parameters
        ----------
        labels : ndarray of int, shape (N,)
            The right ones.

        Returns
        -------
        float
            From 0 to 1.
        """
        return float(np.mean(self.best != labels))

    def loss(self, labels: np.ndarray) -> float:
        """Return the mean cross-entropy.

        Parameters
        ----------
        labels : ndarray of int, shape (N,)
            The right ones.

        Returns
        -------
        float
            In nats.
        """
        return -float(np.mean(self.log_probabilities[np.arange(len(labels)), labels], dtype=np.float64))


@no_grad()
def score_texts(model: Any, texts: Sequences) -> Scores:
    """Let a model score the labels of texts.

    Parameters
    ----------
    model : Module
        From tokens (N, T) and lengths to scores (N, labels), in evaluation mode.
    texts : Sequences
        The texts.

    Returns
    -------
    Scores
        In the order of the texts.
    """
    found: dict[int, np.ndarray] = {}
    for rows, batch in text_batches(texts, max_tokens=_MAX_TOKENS, max_rows=_MAX_ROWS):
        scores = ops.log_softmax(model(batch.tokens, batch.lengths)).numpy()
        found.update(zip(rows.tolist(), scores))
    return Scores(np.stack([found[i] for i in range(len(texts))]))
