"""Batches of images: normalised, augmented, in an order that depends on seed and epoch alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.data.epochs import EpochStream, random_order
from chainrule.data.images.augmentation import WORDS, Augmentation, mixing_shares, partners
from chainrule.data.images.dataset import Images, Statistics
from chainrule.errors import ConfigError, DataError
from chainrule.random import Generator

__all__ = ["ImageBatch", "ImageBatches", "normalized"]

_PURPOSE = 2**32 - 1  # in place of a training step, so that no layer draws the same numbers


@dataclass(frozen=True, eq=False)
class ImageBatch:
    """Images with their classes, ready for a model.

    Parameters
    ----------
    images : ndarray of float32, shape (N, C, H, W)
        The normalised images; in memory the channels lie side by side.
    targets : ndarray of int64, shape (N,)
        Their classes.
    others : ndarray of int64, shape (N,)
        The classes of what was mixed into them; their own where nothing was.
    shares : ndarray of float32, shape (N,)
        How much of each image is its own.
    """

    images: np.ndarray
    targets: np.ndarray
    others: np.ndarray
    shares: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def is_mixed(self) -> bool:
        """Whether something was mixed into an image."""
        return self.others is not self.targets


def normalized(pixels: np.ndarray, statistics: Statistics) -> np.ndarray:
    """Turn pixels into numbers with mean 0 and variance 1 in each channel.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (N, H, W, C)
        The images.
    statistics : Statistics
        Of the images that a model learns from.

    Returns
    -------
    ndarray of float32, shape (N, C, H, W)
        The same, a view of an array (N, H, W, C).
    """
    std = np.maximum(np.array(statistics.std), 1 / 255)  # a channel in which nothing happens stays near zero
    scale = (1 / (255 * std)).astype(np.float32)
    numbers = pixels.astype(np.float32)
    numbers *= scale
    numbers -= (np.array(statistics.mean) / std).astype(np.float32)
    return np.moveaxis(numbers, -1, 1)


def _colour(levels: Sequence[float]) -> np.ndarray:
    return np.rint(255 * np.array(levels)).astype(np.uint8)


class ImageBatches(EpochStream):
    """An endless stream of batches, epoch after epoch.

    Every epoch goes through all images in an order of its own, cut into batches of the same size, or of two sizes that
    differ by one. What happens to an image depends on seed, epoch and the image, not on the batch that it stands in.

    Parameters
    ----------
    images : Images
        What to train on.
    statistics : Statistics
        To normalise with.
    batch_size : int
        The most images of a batch.
    augmentation : Augmentation, optional
        What may happen to them; nothing by default.
    seed : int
        Where the random numbers start.

    Raises
    ------
    ConfigError
        When `batch_size` is below 1 or `seed` is not of 64 bits.
    DataError
        When there is no image.
    """

    def __init__(
        self,
        images: Images,
        statistics: Statistics,
        *,
        batch_size: int,
        augmentation: Augmentation | None = None,
        seed: int = 0,
    ) -> None:
        if batch_size < 1:
            raise ConfigError(f"ImageBatches: batch_size must be at least 1, got {batch_size}")
        if not len(images):
            raise DataError("ImageBatches: there is no image to train on; give at least one")
        super().__init__(seed, -(-len(images) // batch_size))
        self._pixels, self._labels = np.moveaxis(images.pixels, 1, -1), images.labels  # (N, H, W, C), (N,)
        self._statistics, self._augmentation = statistics, augmentation or Augmentation()
        self._ground, self._hole = _colour(statistics.border), _colour(statistics.mean)

    def _plan_epoch(self, bits: np.random.Philox) -> list[np.ndarray]:
        return np.array_split(random_order(bits, len(self._labels)), self.batches_per_epoch)

    def _assemble(self, part: np.ndarray) -> ImageBatch:
        generator = Generator(self._seed)
        generator.step = _PURPOSE
        places = self.position[0] * len(self._labels) + part
        words = generator.words(places, WORDS)
        numbers, targets = self._changed(part, words), self._labels[part]
        if not self._augmentation.mixup:
            return ImageBatch(numbers, targets, targets, np.ones(len(part), np.float32))
        others = partners(words, len(self._labels))
        shares = mixing_shares(words, self._augmentation.mixup)
        mixed = self._changed(others, generator.words(places, WORDS))
        numbers -= mixed
        numbers *= shares[:, None, None, None]
        numbers += mixed
        return ImageBatch(numbers, targets, self._labels[others], shares)

    def _changed(self, rows: np.ndarray, words: np.ndarray) -> np.ndarray:
        """Augmented, normalised images, float32 of shape (N, C, H, W)."""
        pixels = self._augmentation.apply(self._pixels[rows], words, self._ground, self._hole)
        return normalized(pixels, self._statistics)
