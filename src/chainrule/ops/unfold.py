"""Windows laid out as columns, and columns added up to images."""

import math
from typing import Any

from chainrule.autodiff import differentiable
from chainrule.backend import Array
from chainrule.kernels import select
from chainrule.ops.nesting import nested
from chainrule.ops.shape import reshape
from chainrule.ops.windows import Window, check_reach, pairs, per_axis


@differentiable
def _unfold(x, *, window):
    """What each window sees; the pull-back adds windows up."""
    shape = x.shape
    y = _unfold(x, window=window) if nested(x) else select(x).unfold(x, *window)
    return y, (lambda grad: _fold(grad, input_shape=shape, window=window),)


@differentiable
def _fold(columns, *, input_shape, window):
    """Windows added up; the pull-back reads them again."""
    if nested(columns):
        y = _fold(columns, input_shape=input_shape, window=window)
    else:
        y = select(columns).fold(columns, input_shape, *window)
    return y, (lambda grad: _unfold(grad, window=window),)


def unfold(x: Array, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Array:
    """Lay out what a sliding window sees, a column for each of its places: "im2col".

    A convolution is then a product of matrices, ``weight.reshape(F, -1) @ unfold(x, ...)``.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images, of 1, 2 or 3 axes S.
    kernel_size : int or tuple of int
        The window's length along each of the axes S, or along all: K elements in all.
    dilation : int or tuple of int, default 1
        The distance between elements that it sees.
    padding : int or tuple, default 0
        The zeros around the image, as for `conv2d`.
    stride : int or tuple of int, default 1
        The steps in which it moves.

    Returns
    -------
    Tensor or Array, shape (N, C * K, L)
        The columns, for L places of the window.

    Raises
    ------
    ValueError
        If the window is larger than the padded image.
    """
    window = _window("unfold", x.shape[2:], kernel_size, stride, padding, dilation)
    counts = check_reach("unfold", x.shape[2:], window)
    rows = x.shape[1] * math.prod(window.kernel)
    return reshape(_unfold(x, window=window), shape=(x.shape[0], rows, math.prod(counts)))


def fold(x: Array, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Array:
    """Add up columns to images, each at its window's place: the transpose of `unfold`.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C * K, L)
        The columns, for L places of a window of K elements.
    output_size : tuple of int
        S, the lengths of the images' axes.
    kernel_size, dilation, padding, stride : as for `unfold`
        The same.

    Returns
    -------
    Tensor or Array, shape (N, C, *S)
        The images. Windows that overlap add up, and what falls into the padding is dropped.

    Raises
    ------
    ValueError
        If `x` is not made of as many rows and columns.
    """
    sizes = per_axis("fold", "output_size", tuple(output_size), len(output_size))
    window = _window("fold", sizes, kernel_size, stride, padding, dilation)
    counts, taps = check_reach("fold", sizes, window), math.prod(window.kernel)
    if len(x.shape) != 3 or x.shape[1] % taps or x.shape[2] != math.prod(counts):
        raise ValueError(
            f"fold to {sizes} by windows {window.kernel} expected an input of shape (N, {taps} C, "
            f"{math.prod(counts)}), but got {tuple(x.shape)}"
        )
    channels = x.shape[1] // taps
    columns = reshape(x, shape=(x.shape[0], channels, taps, *counts))
    return _fold(columns, input_shape=(x.shape[0], channels, *sizes), window=window)


def _window(owner: str, sizes: tuple[int, ...], kernel: Any, stride: Any, padding: Any, dilation: Any) -> Window:
    if not sizes:
        raise ValueError(f"{owner} expected images of shape (N, C, ...), with at least one axis more")
    kernel = per_axis(owner, "kernel_size", kernel, len(sizes))
    stride = per_axis(owner, "stride", stride, len(sizes))
    dilation = per_axis(owner, "dilation", dilation, len(sizes))
    return Window(kernel, stride, pairs(owner, padding, kernel, stride, dilation), dilation)
