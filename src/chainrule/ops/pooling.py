"""Pooling: one number for each window of an image."""

import math
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor, differentiable
from chainrule.backend import Array, namespace
from chainrule.kernels import select
from chainrule.kernels.reference.windows import Sizes
from chainrule.ops.arithmetic import divide
from chainrule.ops.constants import constant
from chainrule.ops.nesting import nested
from chainrule.ops.windows import Window, check_reach, per_axis


@differentiable
def _max_pool(x, *, window, wanted):
    """The gradient goes to the first of the largest elements of each window."""
    shape, plain = x.shape, constant(x)
    y, winners = select(plain).max_pool(plain, *window, any(wanted))
    if nested(x):
        y = _gather(x, winners=winners, window=window)
    return y, (lambda grad: _scatter(grad, winners=winners, input_shape=shape, window=window),)


@differentiable
def _gather(x, *, winners, window):
    """One element of each window; the pull-back adds to it."""
    shape = x.shape
    if nested(x):
        y = _gather(x, winners=winners, window=window)
    else:
        y = select(x, winners).max_pool_gather(x, winners, *window)
    return y, (lambda grad: _scatter(grad, winners=winners, input_shape=shape, window=window),)


@differentiable
def _scatter(grad, *, winners, input_shape, window):
    """Adds to one element of each window; the pull-back reads it."""
    if nested(grad):
        dx = _scatter(grad, winners=winners, input_shape=input_shape, window=window)
    else:
        dx = select(grad, winners).max_pool_scatter(grad, winners, input_shape, *window)
    return dx, (lambda x: _gather(x, winners=winners, window=window),)


@differentiable
def _sum_pool(x, *, window):
    """The sum over each window; the pull-back adds to all of its elements."""
    shape = x.shape
    y = _sum_pool(x, window=window) if nested(x) else select(x).sum_pool(x, *window[:3])
    return y, (lambda grad: _sum_pool_spread(grad, input_shape=shape, window=window),)


@differentiable
def _sum_pool_spread(grad, *, input_shape, window):
    """Adds to all elements of each window; the pull-back sums them up."""
    if nested(grad):
        dx = _sum_pool_spread(grad, input_shape=input_shape, window=window)
    else:
        dx = select(grad).sum_pool_spread(grad, input_shape, *window[:3])
    return dx, (lambda x: _sum_pool(x, window=window),)


def max_pool(
    x: Array,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Take the largest element of each window, in images of 1, 2 or 3 axes.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images.
    kernel_size : int or tuple of int
        The window's length along each of the axes S, or along all.
    stride : int or tuple of int, optional
        The steps in which it moves; its own length by default, so that windows do not overlap.
    padding : int or tuple of int, default 0
        How far it reaches over the edges, half of its length at most. What is there is smaller than any element.
    dilation : int or tuple of int, default 1
        The distance between elements that it sees.
    ceil_mode : bool, default False
        Let the last window reach beyond the padding, so that no element is left out.
    return_indices : bool, default False
        Return, too, where the elements were.

    Returns
    -------
    y : Tensor or Array, shape (N, C, *O)
        The largest elements. The gradient goes to the first of them.
    indices : Tensor or Array of int, shape (N, C, *O)
        Only if asked for: the number of each within its channel, the last axis running fastest; a constant.

    Raises
    ------
    ValueError
        If the window is larger than the padded image or the padding larger than half the window.
    """
    window = _window("max_pool", x, kernel_size, stride, padding, dilation, ceil_mode)
    if not return_indices:
        return _max_pool(x, window=window)
    plain = constant(x)
    winners = select(plain).max_pool(plain, *window, True)[1]
    indices = _places(winners, x.shape[2:], window)
    return _gather(x, winners=winners, window=window), Tensor(indices) if isinstance(x, Tensor) else indices


def avg_pool(
    x: Array,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Average over each window, in images of 1, 2 or 3 axes.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images.
    kernel_size : int or tuple of int
        The window's length along each of the axes S, or along all.
    stride : int or tuple of int, optional
        The steps in which it moves; its own length by default, so that windows do not overlap.
    padding : int or tuple of int, default 0
        How far it reaches over the edges, half of its length at most. What is there is zero.
    ceil_mode : bool, default False
        Let the last window reach beyond the padding, so that no element is left out.
    count_include_pad : bool, default True
        Whether padding counts in what a sum is divided by. What lies beyond the padding never does.
    divisor_override : int, optional
        What to divide each sum by instead.

    Returns
    -------
    Tensor or Array, shape (N, C, *O)
        The averages.

    Raises
    ------
    ValueError
        If the window is larger than the padded image or the padding larger than half the window, or if the divisor
        is zero.
    """
    window = _window("avg_pool", x, kernel_size, stride, padding, 1, ceil_mode)
    sums = _sum_pool(x, window=window)
    if divisor_override is not None:
        if divisor_override == 0:
            raise ValueError("avg_pool expected a divisor_override other than 0")
        return divide(sums, float(divisor_override))
    counts = _counts(x.shape[2:], window, count_include_pad)
    if counts.min() == counts.max():
        return divide(sums, float(counts.flat[0]))
    return divide(sums, namespace(constant(x)).asarray(counts, dtype=x.dtype))


def _window(owner: str, x: Array, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Window:
    """How the window moves, with what it covers at the end as the padding there."""
    sizes = x.shape[2:]
    if not sizes:
        raise ValueError(f"{owner} expected an input of shape (N, C, ...), but got {tuple(x.shape)}")
    kernel = per_axis(owner, "kernel_size", kernel, len(sizes))
    stride = per_axis(owner, "stride", kernel if stride is None else stride, len(sizes))
    dilation = per_axis(owner, "dilation", dilation, len(sizes))
    around = per_axis(owner, "padding", padding, len(sizes), least=0)
    if any(2 * p > d * (k - 1) + 1 for p, k, d in zip(around, kernel, dilation)):
        raise ValueError(f"{owner} expected padding of at most half its kernel {kernel}, but got {around}")
    window = Window(kernel, stride, tuple((p, p) for p in around), dilation)
    spare = tuple((p, p + (s - 1) * ceil_mode) for p, s in zip(around, stride))
    counts = check_reach(owner, sizes, window._replace(padding=spare))
    # A window must not begin in the padding at the end.
    counts = tuple(n - (ceil_mode and (n - 1) * s >= size + p) for n, s, size, p in zip(counts, stride, sizes, around))
    ends = ((n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(counts, kernel, stride, dilation))
    return window._replace(padding=tuple((p, end - size - p) for p, end, size in zip(around, ends, sizes)))


def _counts(sizes: Sizes, window: Window, padding_too: bool) -> np.ndarray:
    """How many elements a window averages: shape (*O)."""
    counts = np.ones(())
    for size, k, s, (before, after), _ in zip(sizes, *window):
        starts = np.arange(0, size + before + after - k + 1, s) - before
        if padding_too:
            along = np.minimum(starts + k, size + before) - starts
        else:
            along = np.minimum(starts + k, size) - np.maximum(starts, 0)
        counts = counts[..., None] * along
    return counts


def _places(winners: Array, sizes: Sizes, window: Window) -> Array:
    """The number within its channel of what a tap sees."""
    xp = namespace(winners)
    taps = xp.astype(winners, int)
    indices: Any = 0
    for axis, (size, k, s, (before, _), d) in enumerate(zip(sizes, *window)):
        inner = math.prod(window.kernel[axis + 1 :])
        count = winners.shape[axis + 2]
        starts = xp.reshape(xp.arange(count) * s - before, (count, *(1,) * (len(sizes) - axis - 1)))
        indices = indices * size + starts + taps // inner % k * d
    return indices
