"""A trained classifier of texts, loaded from a run folder: texts in, labels out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from chainrule.data.labelled import LabelledTexts
from chainrule.errors import DataError
from chainrule.metrics.bootstrap import bootstrap_interval
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.classify import CLASSIFY
from chainrule.tasks.finetuning.scores import Scores, score_texts
from chainrule.training.run import RunFolder

__all__ = ["ClassificationScore", "TextPredictor"]


@dataclass(frozen=True)
class ClassificationScore:
    """How good a classifier is.

    Attributes
    ----------
    accuracy : float
        The share of right labels.
    interval : tuple of float
        Its 95 % interval, by bootstrap over texts.
    macro_f1 : float
        The mean over labels of the harmonic mean of precision and recall.
    loss : float
        The mean cross-entropy, in nats.
    commonest : float
        The accuracy of always naming the label that is commonest in these texts.
    texts : int
        How many there were.
    """

    accuracy: float
    interval: tuple[float, float]
    macro_f1: float
    loss: float
    commonest: float
    texts: int

    def record(self) -> dict[str, Any]:
        """Return all of it, as JSON takes it.

        Returns
        -------
        dict
            The fields by name.
        """
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class TextPredictor:
    """Labels texts with a trained model.

    Attributes
    ----------
    model : Module
        The model, in evaluation mode.
    labels : tuple of str
        What its labels are called.
    body : Body
        How texts are given to it.
    """

    model: Any
    labels: tuple[str, ...]
    body: Body

    @classmethod
    def open(cls, run: RunFolder | str | PathLike[str]) -> TextPredictor:
        """Load the best model of a run.

        Parameters
        ----------
        run : RunFolder, str or path-like
            The run's folder; nothing else is needed.

        Returns
        -------
        TextPredictor
            Ready to label.

        Raises
        ------
        CheckpointError
            When a file is missing, damaged, or does not fit the others.
        """
        run = RunFolder.open(run)
        model, body = CLASSIFY.load_best(run)
        return cls(model, tuple(run.config.data["labels"]), body)

    def scores(self, texts: Sequence[str]) -> Scores:
        """Score every label.

        Parameters
        ----------
        texts : sequence of str
            The texts.

        Returns
        -------
        Scores
            In the order of the texts.

        Raises
        ------
        DataError
            When a text is empty.
        """
        for number, text in enumerate(texts, start=1):
            if not text.strip():
                raise DataError(f"text {number} is empty; there is nothing to label")
        return score_texts(self.model, self.body.encode_all(texts))

    def predict(self, texts: Sequence[str], n_best: int = 1) -> list[list[tuple[str, float]]]:
        """Label texts.

        Parameters
        ----------
        texts : sequence of str
            The texts.
        n_best : int
            How many labels a text is to have.

        Returns
        -------
        list of list of (str, float)
            For each text its likeliest labels with their probabilities, best first.

        Raises
        ------
        DataError
            When a text is empty.
        """
        chances = np.exp(self.scores(texts).log_probabilities)
        order = np.argsort(-chances, axis=1, kind="stable")[:, :n_best]
        return [[(self.labels[i], float(row[i])) for i in best] for row, best in zip(chances, order)]

    def score(self, texts: LabelledTexts) -> ClassificationScore:
        """Label texts whose labels are known.

        Parameters
        ----------
        texts : LabelledTexts
            The texts and their labels.

        Returns
        -------
        ClassificationScore
            How many were right.
        """
        labels = np.array(texts.labels)
        found = self.scores(texts.texts)
        right = found.best == labels
        return ClassificationScore(
            accuracy=float(right.mean()),
            interval=bootstrap_interval(right.astype(float), np.ones(len(right))),
            macro_f1=_macro_f1(found.best, labels),
            loss=found.loss(labels),
            commonest=float(np.bincount(labels).max() / len(labels)),
            texts=len(labels),
        )


def _macro_f1(found: np.ndarray, labels: np.ndarray) -> float:
    """The mean over the labels that occur of 2 right / (found + there)."""
    kinds = np.union1d(found, labels)
    return float(
        np.mean([2 * np.sum((found == k) & (labels == k)) / (np.sum(found == k) + np.sum(labels == k)) for k in kinds])
    )
