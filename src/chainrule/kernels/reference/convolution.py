"""Convolution along 1, 2 or 3 axes, and its two gradients. The portable algorithm: columns of taps, one matrix product.

With o counting windows, k taps, p the padding in front, s the stride and d the dilation,
``y[n, f, o] = sum over c, k of x[n, c, o s + k d - p] * w[f, c, k]``; signal processing calls that correlation. It is
linear in x and in w, so that its gradients are convolutions too.

Images have the shape (N, C, *S), and results are channels last in memory: transposed views of (N, *S, C). Inputs
are read fastest if they are so too. Kernels of the same names in other folders keep to that.
"""

import functools
import math
import operator
from typing import NamedTuple

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.windows import (
    Pairs,
    Sizes,
    channels_first,
    channels_last,
    extended,
    interleaved,
    taps,
)

# With so few weights for a tap and group, products of elements are faster than products of matrices.
_THIN = 4


def conv(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: Sizes,
    padding: Pairs,
    dilation: Sizes,
    groups: int,
) -> Array:
    """Slide windows over images and multiply each with every filter.

    Parameters
    ----------
    x : Array, shape (N, C, *S)
        The images.
    weight : Array, shape (F, C / groups, *K)
        The filters.
    bias : Array, shape (F,), or None
        What is added to each filter's results.
    stride : tuple of int
        How far apart windows are, for each of the axes S.
    padding : tuple of pairs of int
        How many zeros stand before and after the image, for each of the axes S; a negative number cuts off.
    dilation : tuple of int
        How far apart the taps of a window are, for each of the axes S.
    groups : int
        Into how many parts channels and filters are split; a filter sees the channels of its own part.

    Returns
    -------
    Array, shape (N, F, *O)
        The results.
    """
    xp, images = namespace(x, weight), _seen(x, weight.shape, stride, padding, dilation)
    if _is_thin(weight.shape, groups):
        y = _multiply_thin(images, weight, groups)
    else:
        product = xp.matmul(_columns(images, groups), _matrices(weight, groups))  # (G, M, F / G)
        y = xp.reshape(xp.swapaxes(product, 0, 1), (*images[0].shape[:-1], weight.shape[0]))
    return channels_first(y if bias is None else y + bias)


def conv_input_gradient(
    grad: Array,
    weight: Array,
    input_shape: Sizes,
    stride: Sizes,
    padding: Pairs,
    dilation: Sizes,
    groups: int,
) -> Array:
    """Gradient of `conv` by `x`; as an operation of its own, the transposed convolution.

    ``dx[n, c, i] = sum over f, o, k with o s + k d - p = i of grad[n, f, o] * w[f, c, k]``. Elements that are a stride
    apart, a phase, meet the same taps: each phase is a convolution of `grad` with these taps in reverse.

    Parameters
    ----------
    grad : Array, shape (N, F, *O)
        Gradient of the result.
    weight : Array, shape (F, C / groups, *K)
        The filters.
    input_shape : tuple of int
        (N, C, *S), the shape of `x`.
    stride, padding, dilation, groups
        As for `conv`.

    Returns
    -------
    Array, shape (N, C, *S)
        Gradient of the images.
    """
    sizes = input_shape[2:]
    plans = tuple(map(_phases, sizes, weight.shape[2:], stride, padding, dilation, grad.shape[2:]))
    steps = tuple(d // math.gcd(s, d) for s, d in zip(stride, dilation))
    turned = exchanged(weight, groups)  # (C, F / groups, *K)

    def merged(chosen: tuple[_Phase, ...]) -> Array:
        """One phase of the first axes, all phases of the others."""
        axis = len(chosen)
        if axis < len(sizes):
            return interleaved([merged((*chosen, phase)) for phase in plans[axis]], axis + 1, sizes[axis])
        if not all(phase.met for phase in chosen):
            shape = (input_shape[0], *(phase.length for phase in chosen), input_shape[1])
            return namespace(grad, weight).zeros(shape, dtype=grad.dtype)
        reversed_taps = turned[(slice(None), slice(None), *(phase.taps for phase in chosen))]
        around = tuple(phase.padding for phase in chosen)
        return channels_last(conv(grad, reversed_taps, None, (1,) * axis, around, steps, groups))

    return channels_first(merged(()))


def conv_weight_gradient(
    grad: Array,
    x: Array,
    weight_shape: Sizes,
    stride: Sizes,
    padding: Pairs,
    dilation: Sizes,
    groups: int,
) -> Array:
    """Gradient of `conv` by `weight`: ``dw[f, c, k] = sum over n, o of grad[n, f, o] * x[n, c, o s + k d - p]``.

    Parameters
    ----------
    grad : Array, shape (N, F, *O)
        Gradient of the result.
    x : Array, shape (N, C, *S)
        The images.
    weight_shape : tuple of int
        (F, C / groups, *K), the shape of `weight`.
    stride, padding, dilation, groups
        As for `conv`.

    Returns
    -------
    Array, shape (F, C / groups, *K)
        Gradient of the filters.
    """
    xp, images = namespace(grad, x), _seen(x, weight_shape, stride, padding, dilation)
    if _is_thin(weight_shape, groups):
        by_tap = _correlate_thin(images, channels_last(grad), weight_shape, groups)
    else:
        windows = math.prod(images[0].shape[:-1])
        rows = xp.reshape(channels_last(grad), (windows, groups, weight_shape[0] // groups))
        product = xp.matmul(xp.transpose(rows, (1, 2, 0)), _columns(images, groups))  # (G, F / G, K C / G)
        by_tap = xp.reshape(product, (weight_shape[0], -1, weight_shape[1]))
    return xp.reshape(xp.swapaxes(by_tap, 1, 2), weight_shape)


def conv_bias_gradient(grad: Array) -> Array:
    """Gradient of `conv` by `bias`: the sum for each filter.

    Parameters
    ----------
    grad : Array, shape (N, F, *O)
        Gradient of the result.

    Returns
    -------
    Array, shape (F,)
        Gradient of the bias.
    """
    return namespace(grad).sum(grad, axis=(0, *range(2, len(grad.shape))))


def exchanged(weight: Array, groups: int) -> Array:
    """Turn filters from C channels to F into filters from F to C, each in its group.

    Parameters
    ----------
    weight : Array, shape (F, C / groups, *K)
        The filters.
    groups : int
        As for `conv`.

    Returns
    -------
    Array, shape (C, F / groups, *K)
        The same numbers.
    """
    xp, (filters, channels, *kernel) = namespace(weight), weight.shape
    parted = xp.reshape(weight, (groups, filters // groups, channels, *kernel))
    return xp.reshape(xp.swapaxes(parted, 1, 2), (groups * channels, filters // groups, *kernel))


def _seen(x: Array, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> list[Array]:
    """What each tap sees, channels last: views (N, *O, C)."""
    axes = range(1, len(x.shape) - 1)
    return list(taps(extended(channels_last(x), axes, padding), axes, weight_shape[2:], stride, dilation))


def _columns(images: list[Array], groups: int) -> Array:
    """All that a window sees side by side: (G, M, K C / G), with M windows."""
    xp = namespace(*images)
    *_, channels = images[0].shape
    together = xp.stack(images, axis=-2) if len(images) > 1 else images[0]  # (N, *O, K, C)
    windows, width = math.prod(images[0].shape[:-1]), channels // groups
    parted = xp.reshape(together, (windows, len(images), groups, width))
    return xp.reshape(xp.transpose(parted, (2, 0, 1, 3)), (groups, windows, len(images) * width))


def _matrices(weight: Array, groups: int) -> Array:
    """The filters as matrices to multiply columns by: (G, K C / G, F / G)."""
    xp, (filters, channels) = namespace(weight), weight.shape[:2]
    parted = xp.reshape(weight, (groups, filters // groups, channels, -1))
    return xp.reshape(xp.transpose(parted, (0, 3, 2, 1)), (groups, -1, filters // groups))


# Depthwise convolution and its like: M windows see C / G channels for F / G filters, both few.


def _is_thin(weight_shape: Sizes, groups: int) -> bool:
    return groups > 1 and weight_shape[0] // groups * weight_shape[1] <= _THIN


def _multiply_thin(images: list[Array], weight: Array, groups: int) -> Array:
    """(N, *O, F)."""
    xp, (filters, channels) = namespace(weight, *images), weight.shape[:2]
    parted = xp.reshape(weight, (groups, filters // groups, channels, -1))
    shape = (*images[0].shape[:-1], groups, channels)
    products = (
        xp.reshape(image, shape)[..., c : c + 1] * parted[:, :, c, tap]
        for tap, image in enumerate(images)
        for c in range(channels)
    )
    # On NumPy the first product is ours to add to; elsewhere this makes new arrays.
    return xp.reshape(functools.reduce(operator.iadd, products), (*shape[:-2], filters))


def _correlate_thin(images: list[Array], grad: Array, weight_shape: Sizes, groups: int) -> Array:
    """(F, K, C / G), of `grad` (N, *O, F)."""
    xp, (filters, channels) = namespace(grad, *images), weight_shape[:2]
    outputs = xp.reshape(grad, (*grad.shape[:-1], groups, filters // groups))
    places = tuple(range(len(grad.shape) - 1))
    sums = []
    for image in images:
        inputs = xp.reshape(image, (*image.shape[:-1], groups, channels))
        sums += [xp.sum(outputs * inputs[..., c : c + 1], axis=places) for c in range(channels)]  # (G, F / G)
    return xp.reshape(xp.stack(sums, axis=-1), (filters, len(images), channels))


class _Phase(NamedTuple):
    """The elements of an axis that are a stride apart, and the taps that meet them."""

    met: bool  # whether any does
    taps: slice  # in reverse
    padding: tuple[int, int]  # with which a convolution of the gradient makes `length` elements
    length: int


def _phases(size: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, windows: int) -> list[_Phase]:
    length = -(-size // stride)
    found = []
    for phase in range(min(stride, size)):
        # Tap k of window o meets element phase + q * stride where o + (k dilation - before - phase) / stride = q.
        shifts = {k: k * dilation - padding[0] - phase for k in range(kernel)}
        met = [k for k, shift in shifts.items() if shift % stride == 0]
        if met:
            first, last = shifts[met[0]] // stride, shifts[met[-1]] // stride
            step = met[1] - met[0] if len(met) > 1 else kernel
            found.append(_Phase(True, slice(met[-1], None, -step), (last, length - windows - first), length))
        else:
            found.append(_Phase(False, slice(0), (0, 0), length))
    return found
