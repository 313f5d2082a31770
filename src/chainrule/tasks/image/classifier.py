"""A network with what it needs around it: pixels in, probabilities of classes out."""

from __future__ import annotations

import numpy as np

from chainrule.autodiff import Tensor, no_grad
from chainrule.data.images.batching import normalized
from chainrule.data.images.dataset import Statistics
from chainrule.nn import Module, functional

__all__ = ["Classifier"]

_AT_ONCE = 256


class Classifier:
    """Gives classes their probabilities.

    Parameters
    ----------
    network : Module
        From normalised images to logits; it is put into evaluation mode while it is asked.
    statistics : Statistics
        Of the images it was trained on.
    flip : bool
        Answer with the mean over an image and its mirror image.
    """

    def __init__(self, network: Module, statistics: Statistics, flip: bool) -> None:
        self.network, self.statistics, self.flip = network, statistics, flip

    @no_grad()
    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """Ask for the probability of every class.

        Parameters
        ----------
        pixels : ndarray of uint8, shape (N, C, H, W)
            Images of the size that the network was trained on.

        Returns
        -------
        ndarray of float64, shape (N, K)
            Rows that sum to one.
        """
        parts = [self._ask(pixels[start : start + _AT_ONCE]) for start in range(0, len(pixels), _AT_ONCE)]
        return np.concatenate(parts)

    def _ask(self, pixels: np.ndarray) -> np.ndarray:
        inside = np.moveaxis(pixels, 1, -1)  # (N, H, W, C)
        views = [inside, inside[:, :, ::-1]] if self.flip else [inside]
        answers = [self.network(Tensor(normalized(view, self.statistics))) for view in views]
        return np.stack([functional.softmax(logits, -1).numpy() for logits in answers]).mean(axis=0, dtype=np.float64)
