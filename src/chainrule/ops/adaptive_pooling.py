"""Pooling to a given size: windows of about equal length, from one for each element to one for the whole image."""

import math
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.backend import Array, namespace
from chainrule.kernels.reference.windows import Sizes
from chainrule.ops.constants import constant
from chainrule.ops.indexing import take_along_axis
from chainrule.ops.pooling import avg_pool, max_pool
from chainrule.ops.reductions import mean
from chainrule.ops.resampling import resample
from chainrule.ops.shape import reshape
from chainrule.ops.windows import per_axis


def adaptive_avg_pool(x: Array, output_size: Any) -> Array:
    """Average over windows so that the result has a given size; size 1 is global average pooling.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images, of 1, 2 or 3 axes S.
    output_size : int or tuple of int or None
        The lengths O of the result's axes, or one for all; None leaves an axis as it is.

    Returns
    -------
    Tensor or Array, shape (N, C, *O)
        The averages. Window i of an axis of length S goes from ``i * S // O`` up to ``ceil((i + 1) * S / O)``.

    Raises
    ------
    ValueError
        If a size is not a positive whole number.
    """
    sizes, outputs = x.shape[2:], _outputs("adaptive_avg_pool", x, output_size)
    if math.prod(outputs) == 1:
        return mean(x, axis=tuple(range(2, len(x.shape))), keepdims=True)
    if _divides(sizes, outputs):
        return avg_pool(x, tuple(size // count for size, count in zip(sizes, outputs)))
    return resample(x, tuple(map(_averages, sizes, outputs)))


def adaptive_max_pool(x: Array, output_size: Any, return_indices: bool = False) -> Any:
    """Take the largest elements of windows so that the result has a given size; size 1 is global max pooling.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images, of 1, 2 or 3 axes S.
    output_size : int or tuple of int or None
        The lengths O of the result's axes, or one for all; None leaves an axis as it is.
    return_indices : bool, default False
        Return, too, where the elements were.

    Returns
    -------
    y : Tensor or Array, shape (N, C, *O)
        The largest elements, of the windows that `adaptive_avg_pool` describes.
    indices : Tensor or Array of int, shape (N, C, *O)
        Only if asked for: the number of each within its channel, the last axis running fastest; a constant.

    Raises
    ------
    ValueError
        If a size is not a positive whole number.
    """
    sizes, outputs = x.shape[2:], _outputs("adaptive_max_pool", x, output_size)
    if _divides(sizes, outputs):
        kernel = tuple(size // count for size, count in zip(sizes, outputs))
        return max_pool(x, kernel, return_indices=return_indices)
    places = _largest(constant(x), outputs)  # (N, C, *O)
    rows = reshape(x, shape=(*x.shape[:2], math.prod(sizes)))
    flat = namespace(places).reshape(places, (*x.shape[:2], math.prod(outputs)))
    y = reshape(take_along_axis(rows, flat, 2), shape=(*x.shape[:2], *outputs))
    if not return_indices:
        return y
    return y, Tensor(places) if isinstance(x, Tensor) else places


def _outputs(owner: str, x: Array, output_size: Any) -> Sizes:
    sizes = x.shape[2:]
    if not sizes or 0 in sizes:
        raise ValueError(f"{owner} expected an input of shape (N, C, ...) without empty axes, but got {tuple(x.shape)}")
    wanted = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * len(sizes)
    if len(wanted) == len(sizes):
        wanted = tuple(size if count is None else count for size, count in zip(sizes, wanted))
    return per_axis(owner, "output_size", wanted, len(sizes))


def _divides(sizes: Sizes, outputs: Sizes) -> bool:
    return not any(size % count for size, count in zip(sizes, outputs))


def _edges(size: int, count: int) -> list[tuple[int, int]]:
    """Where each window begins and ends."""
    return [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _averages(size: int, count: int) -> np.ndarray:
    """The matrix that averages over windows: (count, size)."""
    matrix = np.zeros((count, size))
    for row, (start, stop) in zip(matrix, _edges(size, count)):
        row[start:stop] = 1.0 / (stop - start)
    return matrix


def _largest(x: Array, outputs: Sizes) -> Array:
    """The number within its channel of each window's first largest element."""
    xp, sizes = namespace(x), x.shape[2:]
    axes = len(sizes)
    index: list[np.ndarray] = []
    for axis, (size, count) in enumerate(zip(sizes, outputs)):
        edges = _edges(size, count)
        longest = max(stop - start for start, stop in edges)
        # A shorter window sees its last element again, which makes it no larger.
        seen = np.array([[min(start + k, stop - 1) for k in range(longest)] for start, stop in edges])
        shape = [1] * (2 * axes)
        shape[axis], shape[axes + axis] = seen.shape
        index.append(seen.reshape(shape))
    numbers = np.ravel_multi_index(np.broadcast_arrays(*index), sizes).reshape(math.prod(outputs), -1)
    rows = xp.reshape(x, (*x.shape[:2], math.prod(sizes)))
    winners = xp.argmax(xp.take(rows, (slice(None), slice(None), numbers)), axis=-1)  # (N, C, O)
    places = xp.asarray(numbers)[xp.arange(len(numbers)), winners]
    return xp.reshape(places, (*x.shape[:2], *outputs))
