"""Views of images: other sections of what they show, in another light, from which much the same can be learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.data.epochs import EpochStream, random_order
from chainrule.data.images.batching import normalized
from chainrule.data.images.dataset import Images, Statistics
from chainrule.errors import ConfigError, DataError
from chainrule.random import Generator

__all__ = ["Draw", "ViewBatches", "ViewedImages", "Views", "batches_once"]

_LEARNING, _MEASURING = 2**32 - 2, 2**32 - 3  # in place of a training step, so that no layer draws the same numbers
_WIDEST = 4 / 3  # the width of a section over its height, or its height over its width
_GREY = 0.2  # how often colours are taken away

#: From the rows of images, shape (N,), the numbers by which their random bits are found, and a generator, to a batch.
Draw = Callable[[np.ndarray, np.ndarray, Generator], Any]


@dataclass(frozen=True)
class Views:
    """What the views of an image may look like (after T. Chen, S. Kornblith, M. Norouzi and G. Hinton, SimCLR, 2020).

    Parameters
    ----------
    crop : float
        The smallest share of an image's area that a view shows, scaled to the whole size; 1 for all of it.
    flip : bool
        Mirror every other view.
    light : float
        By how much contrast and brightness change, in shares of the images' standard deviation.
    colour : float
        By how much each channel changes by itself; where there are several, every fifth view is grey then.

    Raises
    ------
    ConfigError
        When `crop` is no share, or another number is negative.
    """

    crop: float = 1.0
    flip: bool = False
    light: float = 0.0
    colour: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.crop <= 1:
            raise ConfigError(f"Views: crop must be greater than 0 and at most 1, got {self.crop}")
        for name in ("light", "colour"):
            if getattr(self, name) < 0:
                raise ConfigError(f"Views: {name} must be at least 0, got {getattr(self, name)}")

    @staticmethod
    def words(channels: int) -> int:
        """Say how many random numbers of 32 bits a view needs.

        Parameters
        ----------
        channels : int
            Of the images.

        Returns
        -------
        int
            The number.
        """
        return 8 + 2 * channels

    def apply(self, images: np.ndarray, words: np.ndarray, statistics: Statistics) -> np.ndarray:
        """Take a view of each image.

        Parameters
        ----------
        images : ndarray of uint8, shape (N, H, W, C)
            The images.
        words : ndarray of uint32, shape (N, Views.words(C))
            Random bits.
        statistics : Statistics
            To normalise with.

        Returns
        -------
        ndarray of float32, shape (N, C, H, W)
            The views, normalised; a view of an array (N, H, W, C).
        """
        chances = (words + 0.5) * 2.0**-32  # between 0 and 1
        numbers = self._sections(normalized(images, statistics), chances)
        around = 2 * chances - 1
        if self.light:
            numbers *= 1 + self.light * _each(around[:, 5:6])
            numbers += self.light * _each(around[:, 6:7])
        if self.colour and images.shape[-1] > 1:
            gains, shifts = np.split(around[:, 8:], 2, axis=1)  # (N, C) each
            numbers *= 1 + self.colour * _each(gains)
            numbers += self.colour * _each(shifts)
            grey = chances[:, 7] < _GREY
            numbers[grey] = numbers[grey].mean(axis=1, keepdims=True)
        return numbers

    def _sections(self, numbers: np.ndarray, chances: np.ndarray) -> np.ndarray:
        """Cut out sections, mirror some, and scale them to the whole size: a matrix for rows, another for columns."""
        if self.crop == 1 and not self.flip:
            return numbers
        area = self.crop + (1 - self.crop) * chances[:, 0]
        form = 1.0 if self.crop == 1 else _WIDEST ** (2 * chances[:, 1] - 1)
        tall, wide = np.minimum(1, np.sqrt(area / form)), np.minimum(1, np.sqrt(area * form))
        top, left = (1 - tall) * chances[:, 2], (1 - wide) * chances[:, 3]
        mirrored = (chances[:, 4] >= 0.5) & self.flip
        rows = _sampling(top, tall, numbers.shape[2])
        columns = _sampling(np.where(mirrored, left + wide, left), np.where(mirrored, -wide, wide), numbers.shape[3])
        sections = np.empty(np.moveaxis(numbers, 1, -1).shape, np.float32)  # (N, H, W, C)
        for channel in range(numbers.shape[1]):
            sections[..., channel] = rows @ numbers[:, channel] @ columns.swapaxes(1, 2)
        return np.moveaxis(sections, -1, 1)


def _each(numbers: np.ndarray) -> np.ndarray:
    """Numbers (N, C) or (N, 1), one for each channel of images (N, C, H, W)."""
    return numbers[:, :, None, None].astype(np.float32)


def _sampling(start: np.ndarray, extent: np.ndarray, size: int) -> np.ndarray:
    """How much each pixel of a line counts in each pixel of a section of it, which is read linearly: (N, size, size).

    Starts and extents are shares of the line; a negative extent reads it backwards.
    """
    centres = (np.arange(size) + 0.5) / size
    places = np.clip(size * (start[:, None] + extent[:, None] * centres) - 0.5, 0, size - 1)
    return np.maximum(0, 1 - np.abs(places[:, :, None] - np.arange(size))).astype(np.float32)


@dataclass(frozen=True, eq=False)
class ViewedImages:
    """Images of which views are taken.

    Parameters
    ----------
    images : Images
        The images.
    statistics : Statistics
        To normalise with.
    views : Views
        What views look like.
    """

    images: Images
    statistics: Statistics
    views: Views

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray, keys: np.ndarray, generator: Generator) -> np.ndarray:
        """Take a view of each of some images.

        Parameters
        ----------
        rows : ndarray of int, shape (N,)
            Which images.
        keys : ndarray of int, shape (N,)
            The numbers by which the random bits of each are found, whatever company it stands in.
        generator : Generator
            Draws them.

        Returns
        -------
        ndarray of float32, shape (N, C, H, W)
            The views, normalised; a view of an array (N, H, W, C).
        """
        pixels = np.moveaxis(self.images.pixels, 1, -1)[rows]  # (N, H, W, C)
        return self.views.apply(pixels, generator.words(keys, Views.words(pixels.shape[-1])), self.statistics)


class ViewBatches(EpochStream):
    """An endless stream of batches of what is drawn from images, epoch after epoch.

    What becomes of an image depends on seed, epoch and the image, not on the batch that it stands in. Every batch has
    two images at least, so that they can be compared.

    Parameters
    ----------
    count : int
        How many images there are.
    draw : Draw
        Makes a batch.
    batch_size : int
        The most images of a batch; with 2 a last odd image is the third of its batch.
    seed : int
        Where the random numbers start.

    Raises
    ------
    ConfigError
        When `batch_size` is below 2 or `seed` is not of 64 bits.
    DataError
        When there are fewer than two images.
    """

    def __init__(self, count: int, draw: Draw, *, batch_size: int, seed: int = 0) -> None:
        if batch_size < 2:
            raise ConfigError(f"ViewBatches: batch_size must be at least 2, got {batch_size}")
        if count < 2:
            raise DataError(f"ViewBatches: at least two images are needed, got {count}")
        super().__init__(seed, _batches(count, batch_size))
        self._count, self._draw = count, draw

    def _plan_epoch(self, bits: np.random.Philox) -> list[np.ndarray]:
        return np.array_split(random_order(bits, self._count), self.batches_per_epoch)

    def _assemble(self, part: np.ndarray) -> Any:
        return self._draw(part, self.position[0] * self._count + part, _generator(self._seed, _LEARNING))


def batches_once(count: int, draw: Draw, batch_size: int) -> Iterator[Any]:
    """Go once through images, drawing the same every time, to measure by.

    Parameters
    ----------
    count : int
        How many images there are, at least two.
    draw : Draw
        Makes a batch.
    batch_size : int
        As for `ViewBatches`.

    Yields
    ------
    object
        What `draw` made of images that lie far apart, since neighbours are often alike.
    """
    batches = _batches(count, batch_size)
    for first in range(batches):
        rows = np.arange(first, count, batches)
        yield draw(rows, rows, _generator(0, _MEASURING))


def _batches(count: int, batch_size: int) -> int:
    """How many batches there are, each of two images or more."""
    return min(-(-count // batch_size), count // 2)


def _generator(seed: int, purpose: int) -> Generator:
    generator = Generator(seed)
    generator.step = purpose
    return generator
