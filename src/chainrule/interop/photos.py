"""Photos to classes with published weights."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.autodiff import no_grad
from chainrule.data.images.pictures import decode_picture, fit_picture
from chainrule.errors import WeightsError
from chainrule.interop.families import family_of_model
from chainrule.interop.families.family import Pixels
from chainrule.interop.model import load_model
from chainrule.nn import Module

__all__ = ["PhotoClassifier"]


class PhotoClassifier:
    """A published model of photos, given files.

    Parameters
    ----------
    model : Module
        From images (N, 3, size, size) to the scores of classes.
    pixels : Pixels
        How the model wants colours.
    size : int, default 224
        How high and wide it wants images.
    """

    def __init__(self, model: Module, pixels: Pixels, size: int = 224):
        self.model, self.pixels, self.size = model, pixels, size

    @classmethod
    def load(cls, path_or_name: str | PathLike[str] = "efficientnet-lite0", *, size: int = 224) -> PhotoClassifier:
        """Load published weights.

        Parameters
        ----------
        path_or_name : str or path-like, default "efficientnet-lite0"
            As for `chainrule.interop.load`.
        size : int, default 224
            As for the class.

        Returns
        -------
        PhotoClassifier
            In evaluation mode.

        Raises
        ------
        WeightsError
            If they cannot be had, or are not those of a model of photos.
        """
        model, _, weights = load_model(path_or_name)
        pixels = family_of_model(model).pixels
        if pixels is None:
            raise WeightsError(f"{weights.source} is a {type(model).__name__}, which sees no photos")
        return cls(model, pixels, size)

    def prepare(self, files: Sequence[str | PathLike[str]]) -> np.ndarray:
        """Read photos as the model wants them.

        Parameters
        ----------
        files : sequence of str or path-like
            The photos; the largest square in the middle of each is taken.

        Returns
        -------
        ndarray of float32, shape (N, 3, size, size)
            Their colours, shifted and scaled.

        Raises
        ------
        DataError
            If a file is no picture, or Pillow is not installed.
        """
        images = np.zeros((len(files), 3, self.size, self.size), np.float32)
        for image, file in zip(images, files):
            colours = fit_picture(decode_picture(file), 3, (self.size, self.size))  # (size, size, 3)
            image[...] = self.pixels.normalized(colours).transpose(2, 0, 1)
        return images

    @no_grad()
    def classify(self, files: Sequence[str | PathLike[str]], *, n_best: int = 5) -> list[list[tuple[int, float]]]:
        """Find the likeliest classes of photos.

        Parameters
        ----------
        files : sequence of str or path-like
            The photos.
        n_best : int, default 5
            How many classes for each.

        Returns
        -------
        list of list of (int, float)
            For each photo the classes' numbers with their probabilities, the likeliest first. Those of ImageNet are
            numbered from 0, the tench, to 999, toilet tissue.

        Raises
        ------
        DataError
            As `prepare`.
        """
        return [self._best(file, n_best) for file in files]

    def _best(self, file: Any, count: int) -> list[tuple[int, float]]:
        chances = ops.softmax(self.model(self.prepare([file]))).numpy()[0]
        return [(int(number), float(chances[number])) for number in np.argsort(-chances, kind="stable")[:count]]
