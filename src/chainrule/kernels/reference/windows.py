"""Windows that slide over images: what convolution, pooling and unfolding have in common.

A window has `kernel` taps an axis, `dilation` elements apart; it moves in steps of `stride` over an image with
`padding` around it, one pair (before, after) an axis. Tap k of window o reads element ``o * stride + k * dilation -
before``. Inside, images are channels last, (N, *S, C), so that what lies side by side in memory is used together.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

from chainrule.backend import Array, namespace

Sizes = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


def window_count(sizes: Sizes, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Sizes:
    """Count the places at which a window stands along each axis.

    Parameters
    ----------
    sizes : tuple of int
        The lengths of the image's axes.
    kernel, stride, dilation : tuple of int
        As above.
    padding : tuple of pairs of int
        As above.

    Returns
    -------
    tuple of int
        ``(size + before + after - dilation * (kernel - 1) - 1) // stride + 1`` for each axis.
    """
    return tuple(
        (size + sum(pair) - d * (k - 1) - 1) // s + 1
        for size, k, s, pair, d in zip(sizes, kernel, stride, padding, dilation)
    )


def channels_last(x: Array) -> Array:
    """Turn (N, C, *S) into (N, *S, C), a view where the backend has views."""
    return namespace(x).transpose(x, (0, *range(2, len(x.shape)), 1))


def channels_first(x: Array) -> Array:
    """Turn (N, *S, C) into (N, C, *S), a view where the backend has views."""
    ndim = len(x.shape)
    return namespace(x).transpose(x, (0, ndim - 1, *range(1, ndim - 1)))


def per_channel(numbers: Array, ndim: int) -> Array:
    """Turn numbers of shape (C,) into the shape that broadcasts against images (N, C, *S) of so many axes."""
    return namespace(numbers).reshape(numbers, (numbers.shape[0], *(1,) * (ndim - 2)))


def extended(x: Array, axes: Sequence[int], padding: Pairs, fill: float = 0.0) -> Array:
    """Put `fill` before and after some axes; a negative width cuts off instead.

    Parameters
    ----------
    x : Array
        Any shape.
    axes : sequence of int
        Which axes.
    padding : tuple of pairs of int
        How much to add before and after each of them. Together they leave at least nothing.
    fill : float, default 0
        What to add.

    Returns
    -------
    Array
        `x` itself where nothing is added or cut off.
    """
    index, widths = [slice(None)] * len(x.shape), [(0, 0)] * len(x.shape)
    for axis, (before, after) in zip(axes, padding):
        length = x.shape[axis]
        first, last = max(-before, 0), length + min(after, 0)
        inside = max(min(last, length) - first, 0)
        front = min(max(before, 0), length + before + after)
        index[axis] = slice(min(first, length), min(first, length) + inside)
        widths[axis] = (front, length + before + after - front - inside)
    if any(part != slice(None) and part != slice(0, n) for part, n in zip(index, x.shape)):
        x = x[tuple(index)]
    return namespace(x).pad(x, tuple(widths), constant_values=fill) if any(map(any, widths)) else x


def taps(x: Array, axes: Sequence[int], kernel: Sizes, stride: Sizes, dilation: Sizes) -> Iterator[Array]:
    """Read what each tap sees, window by window.

    Parameters
    ----------
    x : Array
        The image with its padding.
    axes : sequence of int
        The axes along which the window moves.
    kernel, stride, dilation : tuple of int
        A number for each of these axes.

    Yields
    ------
    Array
        For each tap, the last axis running fastest, a view in which these axes count windows.
    """
    counts = window_count(tuple(x.shape[axis] for axis in axes), kernel, stride, ((0, 0),) * len(kernel), dilation)
    for tap in itertools.product(*map(range, kernel)):
        index = [slice(None)] * len(x.shape)
        for axis, k, s, d, count in zip(axes, tap, stride, dilation, counts):
            index[axis] = slice(k * d, k * d + (count - 1) * s + 1, s)
        yield x[tuple(index)]


def interleaved(phases: list[Array], axis: int, size: int) -> Array:
    """Merge arrays along an axis, an element of each in turn, up to a length of `size`.

    Parameters
    ----------
    phases : list of Array
        Equal shapes, with ``size / len(phases)`` elements along `axis`, rounded up.
    axis : int
        Along which axis, counted from the front.
    size : int
        The length of the result's axis.

    Returns
    -------
    Array
        Element i of the axis is element ``i // len(phases)`` of ``phases[i % len(phases)]``.
    """
    if len(phases) == 1:
        return phases[0]
    xp, shape = namespace(*phases), phases[0].shape
    lengths = (*shape[:axis], shape[axis] * len(phases), *shape[axis + 1 :])
    merged = xp.reshape(xp.stack(phases, axis=axis + 1), lengths)
    return merged[(slice(None),) * axis + (slice(0, size),)]


def fold_taps(
    parts: Sequence[Array], sizes: Sizes, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes
) -> Array:
    """Add up what each tap contributes to an image: the transpose of reading taps out of it.

    Parameters
    ----------
    parts : sequence of Array, each of shape (N, *O, C)
        For each tap, the last axis running fastest, its contribution from each window.
    sizes : tuple of int
        S, the lengths of the image's axes.
    kernel, stride, dilation : tuple of int
        A number for each axis.
    padding : tuple of pairs of int
        A pair for each axis. What falls into the padding is dropped.

    Returns
    -------
    Array, shape (N, *S, C)
        The sums.
    """
    if not sizes:
        return parts[0]
    inner = math.prod(kernel[1:])
    lines = [
        fold_taps(parts[i : i + inner], sizes[1:], kernel[1:], stride[1:], padding[1:], dilation[1:])
        for i in range(0, len(parts), inner)
    ]
    axis = len(parts[0].shape) - 1 - len(sizes)
    return fold_axis(lines, axis, sizes[0], stride[0], padding[0][0], dilation[0])


def fold_axis(lines: Sequence[Array], axis: int, size: int, stride: int, before: int, dilation: int) -> Array:
    """Add up along one axis what each tap contributes: that of window o goes to ``o * stride + k * dilation - before``.

    Parameters
    ----------
    lines : sequence of Array
        For each tap an array in which `axis` counts windows; equal shapes.
    axis : int
        Which axis, counted from the front.
    size : int
        Its length in the result.
    stride, before, dilation : int
        The axis's own. What falls outside is dropped.

    Returns
    -------
    Array
        The sums. Elements a stride apart, a phase, are computed together.
    """
    windows, length = lines[0].shape[axis], -(-size // stride)
    phases = []
    for phase in range(min(stride, size)):
        total = None
        for k, line in enumerate(lines):
            shift, rest = divmod(k * dilation - before - phase, stride)
            if rest == 0:  # window o contributes to element q = o + shift of this phase
                part = extended(line, (axis,), ((shift, length - windows - shift),))
                total = part if total is None else total + part
        phases.append(_nothing(lines[0], axis, length) if total is None else total)
    return interleaved(phases, axis, size)


def _nothing(like: Array, axis: int, length: int) -> Array:
    shape = (*like.shape[:axis], length, *like.shape[axis + 1 :])
    return namespace(like).zeros(shape, dtype=like.dtype)
