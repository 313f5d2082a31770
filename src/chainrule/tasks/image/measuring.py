"""How good a trained classifier of images is."""

from __future__ import annotations

from chainrule.data.images.dataset import ImageDataset
from chainrule.metrics import Measurement, accuracy_measurement
from chainrule.tasks.image.predictor import Predictor
from chainrule.training.run import RunFolder

__all__ = ["measure_run"]


def measure_run(run: RunFolder, data: ImageDataset, part: str) -> list[Measurement]:
    """Score the best model of a run.

    Parameters
    ----------
    run : RunFolder
        The run.
    data : ImageDataset
        Images of the same shape and classes.
    part : str
        The part to score on.

    Returns
    -------
    list of Measurement
        The accuracy.
    """
    images = data.split(part)
    return [accuracy_measurement(Predictor.open(run).classifier.probabilities(images.pixels), images.labels)]
