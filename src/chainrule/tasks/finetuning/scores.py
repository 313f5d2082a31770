"""The scores that a model gives texts and words, and how good they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.autodiff import no_grad
from chainrule.data.sequences import Sequences
from chainrule.data.token_batches import text_batches
from chainrule.tasks.finetuning.words import EncodedWords

__all__ = ["Scores", "WordScores", "apply_to_texts", "score_texts", "score_words"]

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
def apply_to_texts(model: Callable[[np.ndarray, np.ndarray], Any], texts: Sequences) -> np.ndarray:
    """Let a model say something of each text, in batches of like lengths.

    Parameters
    ----------
    model : callable
        From tokens (N, T) and lengths to something with a row a text.
    texts : Sequences
        The texts.

    Returns
    -------
    ndarray of float32, shape (N, ...)
        The rows, in the order of the texts.
    """
    found: dict[int, np.ndarray] = {}
    for rows, batch in text_batches(texts, max_tokens=_MAX_TOKENS, max_rows=_MAX_ROWS):
        found.update(zip(rows.tolist(), model(batch.tokens, batch.lengths).numpy()))
    return np.stack([found[i] for i in range(len(texts))])


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
    return Scores(apply_to_texts(lambda tokens, lengths: ops.log_softmax(model(tokens, lengths)), texts))


@dataclass(frozen=True)
class WordScores:
    """What a model says of the tags of words.

    Attributes
    ----------
    best : ndarray of int64, shape (W,)
        The likeliest tag of each word.
    chances : ndarray of float32, shape (W,)
        Its probability.
    loss : float
        The mean cross-entropy of the right tags, in nats; NaN where they are not known.
    """

    best: np.ndarray
    chances: np.ndarray
    loss: float


@no_grad()
def score_words(model: Any, words: EncodedWords, tags: np.ndarray | None = None) -> WordScores:
    """Let a model tag words.

    Parameters
    ----------
    model : Module
        From tokens (N, T), lengths and places (M,) to scores (M, tags), in evaluation mode.
    words : EncodedWords
        The words.
    tags : ndarray of int, shape (W,), optional
        The right tags.

    Returns
    -------
    WordScores
        In the order of the words.
    """
    count = len(words.places.values)
    best, chances, loss = np.zeros(count, np.int64), np.zeros(count, np.float32), 0.0
    for pieces, batch in text_batches(words.symbols, max_tokens=_MAX_TOKENS, max_rows=_MAX_ROWS):
        places, numbers = words.batch(pieces, batch.tokens)
        scores = ops.log_softmax(model(batch.tokens, batch.lengths, places=places)).numpy()  # (M, tags)
        best[numbers], chances[numbers] = scores.argmax(axis=1), np.exp(scores.max(axis=1))
        if tags is not None:
            loss -= float(scores[np.arange(len(scores)), tags[numbers]].sum(dtype=np.float64))
    return WordScores(best, chances, float("nan") if tags is None else loss / max(count, 1))
