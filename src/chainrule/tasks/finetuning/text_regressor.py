"""A trained model that answers a text with a number, loaded from a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from chainrule.data.rated import RatedTexts
from chainrule.errors import DataError
from chainrule.metrics import Measurement, regression_measurements
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.regress import REGRESS
from chainrule.tasks.finetuning.scale import Scale
from chainrule.tasks.finetuning.scores import apply_to_texts
from chainrule.training.run import RunFolder

__all__ = ["NumberPredictor"]


@dataclass(frozen=True)
class NumberPredictor:
    """Estimates the numbers of texts with a trained model.

    Attributes
    ----------
    model : Module
        The model, in evaluation mode.
    scale : Scale
        The user's unit.
    body : Body
        How texts are given to it.
    """

    model: Any
    scale: Scale
    body: Body

    @classmethod
    def open(cls, run: RunFolder | str | PathLike[str]) -> NumberPredictor:
        """Load the best model of a run.

        Parameters
        ----------
        run : RunFolder, str or path-like
            The run's folder; nothing else is needed.

        Returns
        -------
        NumberPredictor
            Ready to estimate.

        Raises
        ------
        CheckpointError
            When a file is missing, damaged, or does not fit the others.
        """
        run = RunFolder.open(run)
        model, body = REGRESS.load_best(run)
        return cls(model, Scale.from_json(run.config.data), body)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Estimate numbers.

        Parameters
        ----------
        texts : sequence of str
            The texts.

        Returns
        -------
        ndarray of float64, shape (N,)
            In the unit of the numbers that were learned from.

        Raises
        ------
        DataError
            When a text is empty.
        """
        for number, text in enumerate(texts, start=1):
            if not text.strip():
                raise DataError(f"text {number} is empty; there is nothing to estimate from")
        return self.scale.restored(apply_to_texts(self.model, self.body.encode_all(texts)))

    def score(self, texts: RatedTexts) -> list[Measurement]:
        """Estimate numbers that are known.

        Parameters
        ----------
        texts : RatedTexts
            The texts and their numbers.

        Returns
        -------
        list of Measurement
            As `regression_measurements` returns them.
        """
        return regression_measurements(self.predict(texts.texts), np.array(texts.numbers))
