"""Changed copies of images that show the same thing: mirrored, moved, with a hole, or mixed with another image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from chainrule.errors import ConfigError

__all__ = ["WORDS", "Augmentation", "cut_out", "mirrored", "mixing_shares", "moved", "partners"]

_TRIES = 16  # of drawing a share; each succeeds at least half of the time

#: How many random numbers of 32 bits an image needs.
WORDS = 6 + 2 * _TRIES


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a training image.

    Parameters
    ----------
    flip : bool
        Mirror every other image.
    shift : int
        Move it by up to so many pixels in each direction; the colour of borders comes in from outside.
    cutout : int
        Put a square hole of so many pixels a side somewhere; part of it may lie outside.
    mixup : float
        Mix it with another one, in shares from a beta distribution with both parameters of this size.

    Raises
    ------
    ConfigError
        When a number is negative.
    """

    flip: bool = False
    shift: int = 0
    cutout: int = 0
    mixup: float = 0.0

    def __post_init__(self) -> None:
        for name in ("shift", "cutout", "mixup"):
            if getattr(self, name) < 0:
                raise ConfigError(f"Augmentation: {name} must be at least 0, got {getattr(self, name)}")

    def apply(self, images: np.ndarray, words: np.ndarray, ground: np.ndarray, hole: np.ndarray) -> np.ndarray:
        """Change images; the mixing, for which another image is needed, is left to the caller.

        Parameters
        ----------
        images : ndarray of uint8, shape (N, H, W, C)
            The images; they may be changed.
        words : ndarray of uint32, shape (N, WORDS)
            Random bits.
        ground : ndarray of uint8, shape (C,)
            The colour that comes in where an image is moved.
        hole : ndarray of uint8, shape (C,)
            The colour of holes.

        Returns
        -------
        ndarray of uint8, shape (N, H, W, C)
            The changed images.
        """
        if self.flip:
            images = mirrored(images, words[:, 0] >= 1 << 31)
        if self.shift:
            steps = _below(words[:, 1:3], 2 * self.shift + 1) - self.shift  # (N, 2)
            images = moved(images, steps[:, 0], steps[:, 1], ground)
        if self.cutout:
            rows, columns = (_below(words[:, k + 3], images.shape[k + 1]) for k in range(2))
            cut_out(images, rows, columns, self.cutout, hole)
        return images


def _below(words: np.ndarray, limit: int) -> np.ndarray:
    """Turn random bits into whole numbers from 0 up to, not including, a limit."""
    return (words.astype(np.uint64) * np.uint64(limit) >> np.uint64(32)).astype(np.int64)


def mirrored(images: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Mirror some images, left to right.

    Parameters
    ----------
    images : ndarray, shape (N, H, W, C)
        The images; they are changed.
    chosen : ndarray of bool, shape (N,)
        Which ones.

    Returns
    -------
    ndarray, shape (N, H, W, C)
        `images`.
    """
    images[chosen] = images[chosen, :, ::-1]
    return images


def moved(images: np.ndarray, down: np.ndarray, right: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Move images.

    Parameters
    ----------
    images : ndarray, shape (N, H, W, C)
        The images.
    down, right : ndarray of int, shape (N,)
        By how many pixels; negative numbers move up and left.
    ground : ndarray, shape (C,)
        What comes in from outside.

    Returns
    -------
    ndarray, shape (N, H, W, C)
        The moved images.
    """
    count, height, width, channels = images.shape
    margin = int(max(np.abs(down).max(initial=0), np.abs(right).max(initial=0)))
    wide = np.empty((count, height + 2 * margin, width + 2 * margin, channels), images.dtype)
    wide[...] = ground
    wide[:, margin : margin + height, margin : margin + width] = images
    windows = sliding_window_view(wide, (height, width), axis=(1, 2))  # (N, places, places, C, H, W)
    windows = np.moveaxis(windows, 3, -1)  # (N, places, places, H, W, C)
    return windows[np.arange(count), margin - down, margin - right]


def cut_out(images: np.ndarray, rows: np.ndarray, columns: np.ndarray, size: int, hole: np.ndarray) -> None:
    """Put a square hole into each image (T. DeVries and G. Taylor, 2017).

    Parameters
    ----------
    images : ndarray, shape (N, H, W, C)
        The images; they are changed.
    rows, columns : ndarray of int, shape (N,)
        The centres of the holes.
    size : int
        Their height and width; where they reach over the border they are smaller.
    hole : ndarray, shape (C,)
        The colour of the holes.
    """
    inside = []
    for centre, length in zip((rows, columns), images.shape[1:3], strict=True):
        offset = np.arange(length) - (centre[:, None] - size // 2)  # (N, length)
        inside.append((offset >= 0) & (offset < size))
    images[inside[0][:, :, None] & inside[1][:, None, :]] = hole


def partners(words: np.ndarray, count: int) -> np.ndarray:
    """Draw the images that are mixed into others (H. Zhang, M. Cisse, Y. Dauphin and D. Lopez-Paz, 2017).

    Parameters
    ----------
    words : ndarray of uint32, shape (N, WORDS)
        Random bits.
    count : int
        The number of images to choose from.

    Returns
    -------
    ndarray of int64, shape (N,)
        Numbers of images.
    """
    return _below(words[:, 5], count)


def mixing_shares(words: np.ndarray, strength: float) -> np.ndarray:
    """Draw from the beta distribution with two equal parameters (M. Johnk, 1964).

    Parameters
    ----------
    words : ndarray of uint32, shape (N, WORDS)
        Random bits.
    strength : float
        Both parameters of the distribution, from above 0 to 1.

    Returns
    -------
    ndarray of float32, shape (N,)
        The larger of the two shares, from 0.5 to 1.
    """
    uniform = (words[:, -2 * _TRIES :].astype(np.float64) + 0.5) * 2.0**-32
    x, y = np.split(np.log(uniform) / strength, 2, axis=1)  # logarithms, as the numbers may be tiny; (N, tries) each
    total = np.logaddexp(x, y)
    first = np.argmax(total <= 0, axis=1)
    share = np.exp(np.take_along_axis(x - total, first[:, None], axis=1)[:, 0])
    return np.maximum(share, 1 - share).astype(np.float32)
