"""Images that come as arrays: in which order the axes stand, and whether pixels and labels make sense."""

from __future__ import annotations

import numpy as np

from chainrule.data.images.dataset import Images
from chainrule.errors import DataError

__all__ = ["as_images"]


def as_images(pixels: np.ndarray, labels: np.ndarray, name: str) -> Images:
    """Bring arrays into the form of `Images`.

    Parameters
    ----------
    pixels : ndarray of uint8, or of numbers from 0 to 1, shape (N, H, W), (N, H, W, C) or (N, C, H, W)
        With 1 or 3 channels.
    labels : ndarray of int, shape (N,) or (N, 1)
        The numbers of the classes.
    name : str
        Where they came from, for messages.

    Returns
    -------
    Images
        The same.

    Raises
    ------
    DataError
        When a shape or a type is another one, or the two differ in number.
    """
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(f"{name}: labels must be whole numbers of shape (N,), got {labels.dtype} {labels.shape}")
    if len(pixels) != len(labels):
        raise DataError(f"{name}: {len(pixels):,} images, but {len(labels):,} labels")
    return Images(np.moveaxis(_bytes(_channels_last(pixels, name), name), -1, 1), labels.astype(np.int64))


def _channels_last(pixels: np.ndarray, name: str) -> np.ndarray:
    """Turn the axes into (N, H, W, C)."""
    if pixels.ndim == 3:
        return pixels[..., None]
    if pixels.ndim == 4 and pixels.shape[-1] in (1, 3):
        return pixels
    if pixels.ndim == 4 and pixels.shape[1] in (1, 3):
        return np.moveaxis(pixels, 1, -1)
    raise DataError(
        f"{name}: images must have the shape (N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels, got "
        f"{pixels.shape}"
    )


def _bytes(pixels: np.ndarray, name: str) -> np.ndarray:
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    low, high = (pixels.min(), pixels.max()) if pixels.size else (0, 0)
    if pixels.dtype.kind == "f" and low >= 0 and high <= 1:
        return np.rint(pixels * 255).astype(np.uint8, order="C")
    if pixels.dtype.kind in "iu" and low >= 0 and high <= 255:
        return pixels.astype(np.uint8, order="C")
    raise DataError(
        f"{name}: pixels must be whole numbers from 0 to 255, or fractions from 0 to 1, got {pixels.dtype} from {low} "
        f"to {high}"
    )
