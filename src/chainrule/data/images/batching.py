"""Batches of images: normalised, augmented, in an order that depends on the seed alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

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


class ImageBatches:
    """An endless stream of batches, epoch after epoch, each full.

    Every epoch goes through all images in an order of its own, and batches are cut from the stream of epochs. An
    image's place in that stream decides what happens to it, so the size of batches changes nothing, and any position
    can be taken up without going through those before it.

    Parameters
    ----------
    images : Images
        What to train on.
    statistics : Statistics
        To normalise with.
    batch_size : int
        The number of images of a batch.
    augmentation : Augmentation
        What may happen to them.
    seed : int
        Where the random numbers start.

    Attributes
    ----------
    position : int
        The number of images that were given out.

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
        if not 0 <= seed < 2**64:
            raise ConfigError(f"ImageBatches: seed must be at least 0 and below 2**64, got {seed}")
        if not len(images):
            raise DataError("ImageBatches: there is no image to train on; give at least one")
        self.position = 0
        self._pixels, self._labels = np.moveaxis(images.pixels, 1, -1), images.labels  # (N, H, W, C), (N,)
        self._statistics, self._augmentation = statistics, augmentation or Augmentation()
        self._batch_size, self._seed = batch_size, seed
        self._orders: dict[int, np.ndarray] = {}  # of the epochs that the last batch was of
        self._ground = _colour(statistics.border)
        self._hole = _colour(statistics.mean)

    @property
    def batches_per_epoch(self) -> int:
        """How many batches see every image at least once."""
        return -(-len(self._labels) // self._batch_size)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ImageBatch:
        places = np.arange(self.position, self.position + self._batch_size)
        batch = self._batch(places)
        self.position += self._batch_size
        return batch

    def _batch(self, places: np.ndarray) -> ImageBatch:
        generator = Generator(self._seed)
        generator.step = _PURPOSE
        rows, words = self._rows(places), generator.words(places, WORDS)
        numbers, targets = self._changed(rows, words), self._labels[rows]
        if not self._augmentation.mixup:
            return ImageBatch(numbers, targets, targets, np.ones(len(rows), np.float32))
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

    def _rows(self, places: np.ndarray) -> np.ndarray:
        epochs = places // len(self._labels)
        present = range(epochs[0], epochs[-1] + 1)
        self._orders = {k: self._orders[k] if k in self._orders else self._order(k) for k in present}
        rows = np.empty_like(places)
        for epoch, order in self._orders.items():
            chosen = epochs == epoch
            rows[chosen] = order[places[chosen] % len(order)]
        return rows

    def _order(self, epoch: int) -> np.ndarray:
        """The images in the order of an epoch; through raw bits, as `Generator.permutation` of NumPy may change."""
        bits = np.random.Philox(key=np.array([self._seed, epoch], dtype=np.uint64))
        return np.argsort(bits.random_raw(len(self._labels)), kind="stable")
