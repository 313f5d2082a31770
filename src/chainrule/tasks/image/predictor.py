"""A trained model loaded from a run folder: pictures in, classes out."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

import numpy as np

from chainrule.data.images.dataset import border_means
from chainrule.data.images.pictures import decode_picture, fit_picture
from chainrule.interop.blank import Blank
from chainrule.tasks.image.classifier import Classifier
from chainrule.tasks.image.description import Description
from chainrule.tasks.image.network import Shape, make_network
from chainrule.tasks.image.settings import ImageSettings, NetworkSettings
from chainrule.tasks.runs import load_best, settings_of
from chainrule.training.run import RunFolder

__all__ = ["Answer", "Predictor", "flips", "network_shape", "read_description", "read_settings"]

_DECIDED = 0.25  # a ground darker than this, or lighter than one less this, is black or white


@dataclass(frozen=True)
class Answer:
    """One class that a picture may show.

    Attributes
    ----------
    name : str
        The class.
    probability : float
        How sure the model is.
    """

    name: str
    probability: float


class Predictor:
    """Classifies pictures with a trained model.

    Parameters
    ----------
    classifier : Classifier
        The model.
    description : Description
        Of the images that it was trained on.

    Examples
    --------
    >>> predictor = Predictor.open("runs/clothes")  # doctest: +SKIP
    >>> predictor.predict([predictor.read("photo.png")])[0][0].name  # doctest: +SKIP
    'ankle boot'
    """

    def __init__(self, classifier: Classifier, description: Description) -> None:
        self.classifier, self.description = classifier, description

    @classmethod
    def open(cls, run: RunFolder | str | PathLike[str], flip: bool | None = None) -> Predictor:
        """Load the best model of a run.

        Parameters
        ----------
        run : RunFolder, str or path-like
            The run's folder; nothing else is needed.
        flip : bool, optional
            Whether to answer with the mean over a picture and its mirror image; as in training by default.

        Returns
        -------
        Predictor
            Ready to answer.

        Raises
        ------
        CheckpointError
            When a file is missing, damaged, or does not fit the others.
        """
        run = RunFolder.open(run)
        settings, description = read_settings(run), read_description(run)
        network = make_network(settings.model, network_shape(settings, description), Blank())
        flip = flips(settings, description) if flip is None else flip
        return cls(Classifier(load_best(run, network), description.statistics, flip), description)

    def read(self, path: str | PathLike[str]) -> np.ndarray:
        """Read a picture and make it like those that the model was trained on.

        It is scaled to their size, turned to grey where they are grey, and, where they are grey things on a black
        ground and the picture has a light one (or the other way round), to its negative.

        Parameters
        ----------
        path : str or path-like
            The file, of any size.

        Returns
        -------
        ndarray of uint8, shape (C, H, W)
            The pixels.

        Raises
        ------
        DataError
            When it cannot be read.
        """
        channels, height, width = self.description.shape
        pixels = np.moveaxis(fit_picture(decode_picture(path), channels, (height, width)), -1, 0)  # (C, H, W)
        return 255 - pixels if self._is_negative(pixels) else pixels

    def _is_negative(self, pixels: np.ndarray) -> bool:
        border = self.description.statistics.border
        if len(border) != 1 or _DECIDED <= border[0] <= 1 - _DECIDED:
            return False
        found = float(border_means(pixels[None])[0]) / 255
        return abs(1 - found - border[0]) < abs(found - border[0])

    def predict(self, pictures: list[np.ndarray], top: int | None = None) -> list[list[Answer]]:
        """Classify pictures.

        Parameters
        ----------
        pictures : list of ndarray of uint8, shape (C, H, W)
            What `read` returned.
        top : int, optional
            How many classes a picture is to have; all by default.

        Returns
        -------
        list of list of Answer
            For each picture the likeliest classes, best first.
        """
        if not pictures:
            return []
        probabilities = self.classifier.probabilities(np.stack(pictures))
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
        return [
            [Answer(self.description.classes[k], float(row[k])) for k in best]
            for row, best in zip(probabilities, order, strict=True)
        ]


def read_settings(run: RunFolder) -> ImageSettings:
    """Read the settings of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    ImageSettings
        Its settings.

    Raises
    ------
    CheckpointError
        When the run is of another task, or its settings do not fit this version.
    """
    return settings_of(run, ImageSettings, "image")


def read_description(run: RunFolder) -> Description:
    """Read what a run says about its images.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    Description
        Classes, shape and statistics.

    Raises
    ------
    CheckpointError
        When its ``config.json`` does not say so.
    """
    return Description.from_json(run.config.data, f"{run.path}/config.json")


def network_shape(settings: NetworkSettings, description: Description) -> Shape:
    """Return the shape of the network of a run.

    Parameters
    ----------
    settings : NetworkSettings
        How many filters.
    description : Description
        Of the images.

    Returns
    -------
    Shape
        The shape, with as many classes as the images have.
    """
    return Shape(*description.shape, len(description.classes), settings.width)


def flips(settings: ImageSettings, description: Description) -> bool:
    """Tell whether images are mirrored in training.

    Parameters
    ----------
    settings : ImageSettings
        What the user set.
    description : Description
        What the data set says where the user set nothing.

    Returns
    -------
    bool
        Whether they are.
    """
    return description.mirrored if settings.flip is None else settings.flip
