"""Pooling, and windows laid out or added up: each function beside its transpose.

Images have the shape (N, C, *S), and results are channels last in memory, as in `convolution`.
"""

import functools
import math
import operator

import numpy as np

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.windows import (
    Pairs,
    Sizes,
    channels_first,
    channels_last,
    extended,
    fold_axis,
    fold_taps,
    taps,
)


def max_pool(
    x: Array, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, save: bool
) -> tuple[Array, Array | None]:
    """Find the largest element in each window.

    Parameters
    ----------
    x : Array, shape (N, C, *S)
        The images.
    kernel, stride, dilation : tuple of int
        Lengths and steps of the window, for each of the axes S.
    padding : tuple of pairs of int
        How much stands before and after the image, for each of the axes S: a value smaller than any.
    save : bool
        Tell, too, where it was found.

    Returns
    -------
    y : Array, shape (N, C, *O)
        The largest elements.
    winners : Array of uint8 or int32, shape (N, C, *O), or None
        The number of the tap that saw it, the last axis running fastest: the first of several; but NaN is larger than
        anything, and the last NaN counts.
    """
    xp = namespace(x)
    smallest = int(np.iinfo(x.dtype).min) if x.dtype.kind in "iu" else -math.inf
    views = _views(x, kernel, stride, padding, dilation, smallest)
    y, winners = views[0], None
    if save:
        dtype = np.uint8 if len(views) <= 256 else np.int32
        first = _first_inside(y.shape[1:-1], kernel, stride, padding, dilation)
        winners = xp.broadcast_to(xp.asarray(first[..., None], dtype=dtype), y.shape)
    for tap, part in enumerate(views[1:], 1):
        if save:
            winners = xp.where((part > y) | (part != part), tap, winners)
        y = xp.maximum(y, part)
    return channels_first(y), None if winners is None else channels_first(winners)


def _first_inside(windows: Sizes, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> np.ndarray:
    """The number of each window's first tap that is not in the padding before the image: shape (*O)."""
    taps = np.zeros((), int)
    for count, k, s, (before, _), d in zip(windows, kernel, stride, padding, dilation):
        taps = taps[..., None] * k + np.maximum(-((np.arange(count) * s - before) // d), 0)
    return taps


def max_pool_gather(x: Array, winners: Array, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Array:
    """Read from each window what a given tap sees.

    Parameters
    ----------
    x : Array, shape (N, C, *S)
        The images.
    winners : Array of int, shape (N, C, *O)
        Which tap.
    kernel, stride, padding, dilation
        As for `max_pool`.

    Returns
    -------
    Array, shape (N, C, *O)
        The elements.
    """
    xp, winners = namespace(x), channels_last(winners)
    views = _views(x, kernel, stride, padding, dilation, 0.0)
    y = views[0]
    for tap, part in enumerate(views[1:], 1):
        y = xp.where(winners == tap, part, y)
    return channels_first(y)


def max_pool_scatter(
    grad: Array, winners: Array, input_shape: Sizes, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes
) -> Array:
    """Add the gradient of each window to the element that a given tap sees: the transpose of `max_pool_gather`.

    Parameters
    ----------
    grad : Array, shape (N, C, *O)
        Gradient of the result.
    winners : Array of int, shape (N, C, *O)
        Which tap.
    input_shape : tuple of int
        (N, C, *S).
    kernel, stride, padding, dilation
        As for `max_pool`.

    Returns
    -------
    Array, shape (N, C, *S)
        Gradient of the images.
    """
    xp, winners, grad = namespace(grad, winners), channels_last(winners), channels_last(grad)
    parts = [xp.where(winners == tap, grad, 0.0) for tap in range(math.prod(kernel))]
    return channels_first(fold_taps(parts, input_shape[2:], kernel, stride, padding, dilation))


def sum_pool(x: Array, kernel: Sizes, stride: Sizes, padding: Pairs) -> Array:
    """Add up the elements in each window, one axis after the other.

    Parameters
    ----------
    x : Array, shape (N, C, *S)
        The images.
    kernel, stride : tuple of int
        As for `max_pool`.
    padding : tuple of pairs of int
        How many zeros stand before and after the image, for each of the axes S.

    Returns
    -------
    Array, shape (N, C, *O)
        The sums.
    """
    y = extended(channels_last(x), range(1, len(x.shape) - 1), padding)
    for axis, k, s in zip(range(1, len(x.shape) - 1), kernel, stride):
        y = functools.reduce(operator.add, taps(y, (axis,), (k,), (s,), (1,)))
    return channels_first(y)


def sum_pool_spread(grad: Array, input_shape: Sizes, kernel: Sizes, stride: Sizes, padding: Pairs) -> Array:
    """Add the gradient of each window to all that it sees: the transpose of `sum_pool`.

    Parameters
    ----------
    grad : Array, shape (N, C, *O)
        Gradient of the result.
    input_shape : tuple of int
        (N, C, *S).
    kernel, stride, padding
        As for `sum_pool`.

    Returns
    -------
    Array, shape (N, C, *S)
        Gradient of the images.
    """
    y = channels_last(grad)
    for axis, (k, s, pair) in enumerate(zip(kernel, stride, padding), 1):
        y = fold_axis([y] * k, axis, input_shape[axis + 1], s, pair[0], 1)
    return channels_first(y)


def unfold(x: Array, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Array:
    """Lay out what each window sees.

    Parameters
    ----------
    x : Array, shape (N, C, *S)
        The images.
    kernel, stride, padding, dilation
        As for `sum_pool`.

    Returns
    -------
    Array, shape (N, C, K, *O)
        For each of K taps, the last axis running fastest, the element that it sees.
    """
    views = _views(x, kernel, stride, padding, dilation, 0.0)
    return namespace(x).stack([channels_first(view) for view in views], axis=2)


def fold(columns: Array, input_shape: Sizes, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Array:
    """Add up windows where they overlap: the transpose of `unfold`.

    Parameters
    ----------
    columns : Array, shape (N, C, K, *O)
        What each tap contributes from each window.
    input_shape : tuple of int
        (N, C, *S).
    kernel, stride, padding, dilation
        As for `unfold`.

    Returns
    -------
    Array, shape (N, C, *S)
        The sums; what falls into the padding is dropped.
    """
    parts = [channels_last(columns[:, :, tap]) for tap in range(math.prod(kernel))]
    return channels_first(fold_taps(parts, input_shape[2:], kernel, stride, padding, dilation))


def _views(x: Array, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, fill: float) -> list[Array]:
    """What each tap sees, channels last: (N, *O, C)."""
    axes = range(1, len(x.shape) - 1)
    return list(taps(extended(channels_last(x), axes, padding, fill), axes, kernel, stride, dilation))
