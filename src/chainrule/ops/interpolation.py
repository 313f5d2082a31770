"""Images made larger or smaller."""

import math
from typing import Any

import numpy as np

from chainrule.backend import Array
from chainrule.kernels.reference.windows import Sizes, channels_first, channels_last
from chainrule.ops.indexing import take
from chainrule.ops.resampling import resample
from chainrule.ops.shape import repeat_interleave
from chainrule.ops.windows import per_axis

_AXES = {"linear": 1, "bilinear": 2, "trilinear": 3}


def interpolate(
    x: Array,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Array:
    """Make images larger or smaller.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images, of 1, 2 or 3 axes S.
    size : int or tuple of int, optional
        The lengths O of the result's axes, or one for all.
    scale_factor : float or tuple of float, optional
        In place of `size`, by how much to multiply the lengths; the result is rounded down.
    mode : {"nearest", "linear", "bilinear", "trilinear"}, default "nearest"
        Repeat elements, or go straight from one to the next along 1, 2 or 3 axes.
    align_corners : bool, optional
        For the linear modes: place the first and last elements of image and result upon each other, in place of their
        outer edges.

    Returns
    -------
    Tensor or Array, shape (N, C, *O)
        The images, channels last in memory.

    Raises
    ------
    ValueError
        If not exactly one of `size` and `scale_factor` is given, or `mode` does not fit the images.
    """
    axes = len(x.shape) - 2
    if axes < 1 or (mode != "nearest" and _AXES.get(mode) != axes):
        modes = ["nearest", *(name for name, count in _AXES.items() if count == axes)]
        raise ValueError(
            f"interpolate expected one of the modes {modes} for an input of shape {tuple(x.shape)}, but got {mode!r}"
        )
    if mode == "nearest" and align_corners is not None:
        raise ValueError("interpolate has align_corners for its linear modes only, but got mode='nearest'")
    outputs, steps = _outputs(x.shape[2:], size, scale_factor)
    if mode == "nearest":
        return _nearest(x, outputs, steps)
    places = (_straight_places(*lengths, bool(align_corners)) for lengths in zip(x.shape[2:], outputs, steps))
    return resample(x, [_weights(place, n) for place, n in zip(places, x.shape[2:])])


def _outputs(sizes: Sizes, size: Any, scale_factor: Any) -> tuple[Sizes, tuple[float, ...]]:
    """The lengths of the result, and how far apart its elements are in the image."""
    if (size is None) == (scale_factor is None):
        raise ValueError(f"interpolate expected either size or scale_factor, but got {size!r} and {scale_factor!r}")
    if size is not None:
        outputs = per_axis("interpolate", "size", size, len(sizes))
        return outputs, tuple(n / o for n, o in zip(sizes, outputs))
    factors = tuple(scale_factor) if isinstance(scale_factor, (tuple, list)) else (scale_factor,) * len(sizes)
    if len(factors) != len(sizes) or not all(math.floor(n * f) > 0 for n, f in zip(sizes, factors)):
        raise ValueError(
            f"interpolate expected scale_factor to be a number, or one for each axis, that leaves something of an "
            f"image of size {sizes}, but got {scale_factor!r}"
        )
    return tuple(math.floor(n * f) for n, f in zip(sizes, factors)), tuple(1.0 / f for f in factors)


def _nearest(x: Array, outputs: Sizes, steps: tuple[float, ...]) -> Array:
    """Element ``floor(i * step)`` for i, as PyTorch computes it: in single precision."""
    y = channels_last(x)
    for axis, (size, output, step) in enumerate(zip(x.shape[2:], outputs, steps), 1):
        places = np.minimum(np.floor(np.arange(output, dtype=np.float32) * np.float32(step)), size - 1).astype(np.int64)
        factor = max(output // size, 1)
        if np.array_equal(places, np.arange(size).repeat(factor)):
            y = repeat_interleave(y, factor, axis) if factor > 1 else y
        else:
            y = take(y, (slice(None),) * axis + (places,))
    return channels_first(y)


def _straight_places(size: int, output: int, step: float, align_corners: bool) -> np.ndarray:
    """Where in an axis of the image the elements of the result are, in units of elements."""
    if align_corners:
        return np.arange(output) * ((size - 1) / (output - 1) if output > 1 else 0.0)
    return np.maximum((np.arange(output) + 0.5) * step - 0.5, 0.0)


def _weights(places: np.ndarray, size: int) -> np.ndarray:
    """The matrix that interpolates: each row weighs the elements before and after a place."""
    before = np.minimum(np.floor(places).astype(np.int64), size - 1)
    after = np.minimum(before + 1, size - 1)
    matrix, rows, share = np.zeros((len(places), size)), np.arange(len(places)), np.minimum(places - before, 1.0)
    np.add.at(matrix, (rows, before), 1.0 - share)
    np.add.at(matrix, (rows, after), share)
    return matrix
