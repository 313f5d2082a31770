"""Operations that move elements and change none."""

import itertools
import math
from typing import Any

from chainrule.autodiff import differentiable
from chainrule.autodiff.broadcasting import unbroadcast
from chainrule.backend import Array, namespace


@differentiable
def reshape(x, *, shape):
    """The pull-back restores the shape."""
    before = x.shape
    return namespace(x).reshape(x, shape), (lambda grad: namespace(grad).reshape(grad, before),)


@differentiable
def transpose(x, *, axes=None):
    """The pull-back is the inverse permutation."""
    axes = tuple(range(len(x.shape)))[::-1] if axes is None else tuple(a % len(x.shape) for a in axes)
    inverse = tuple(axes.index(i) for i in range(len(axes)))
    return namespace(x).transpose(x, axes), (lambda grad: namespace(grad).transpose(grad, inverse),)


def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """Exchange two axes.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis1, axis2 : int
        The axes.

    Returns
    -------
    Tensor or Array
        A view where the backend has views.
    """
    axes = list(range(len(x.shape)))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return transpose(x, axes=tuple(axes))


@differentiable
def broadcast_to(x, *, shape):
    """The pull-back sums what was repeated."""
    before = x.shape
    return namespace(x).broadcast_to(x, shape), (lambda grad: unbroadcast(grad, before),)


def squeeze(x: Array, axis: int | tuple[int, ...] | None = None) -> Array:
    """Drop axes of length one.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis : int or tuple of int, optional
        Which; by default all that have length one.

    Returns
    -------
    Tensor or Array
        The same elements.

    Raises
    ------
    ValueError
        If an axis named has another length.
    """
    ndim = len(x.shape)
    named = range(ndim) if axis is None else [a % ndim for a in ((axis,) if isinstance(axis, int) else axis)]
    if axis is not None and any(x.shape[i] != 1 for i in named):
        raise ValueError(f"squeeze expected axis {axis} to have length 1, but got shape {x.shape}")
    return reshape(x, shape=tuple(n for i, n in enumerate(x.shape) if n != 1 or i not in named))


def expand_dims(x: Array, axis: int) -> Array:
    """Insert an axis of length one.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis : int
        Where the new axis shall stand.

    Returns
    -------
    Tensor or Array
        The same elements.
    """
    place = axis % (len(x.shape) + 1)
    return reshape(x, shape=(*x.shape[:place], 1, *x.shape[place:]))


def flatten(x: Array, start: int = 0, end: int = -1) -> Array:
    """Merge a range of axes into one.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    start, end : int
        First and last of the axes to merge; all by default.

    Returns
    -------
    Tensor or Array
        The same elements.
    """
    ndim = len(x.shape)
    first, last = start % ndim if ndim else 0, end % ndim if ndim else -1
    merged = math.prod(x.shape[first : last + 1])
    return reshape(x, shape=(*x.shape[:first], merged, *x.shape[last + 1 :]))


@differentiable
def flip(x, *, axis=None):
    """The pull-back flips back."""
    return namespace(x).flip(x, axis=axis), (lambda grad: namespace(grad).flip(grad, axis=axis),)


@differentiable
def roll(x, *, shift, axis=None):
    """Move elements along axes, those that fall off at the end to the front; the pull-back rolls back.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    shift : int or tuple of int
        By how many places.
    axis : int or tuple of int, optional
        Along which axes; by default along all, as if they were one.

    Returns
    -------
    Tensor or Array
        The same shape.
    """
    back = tuple(-s for s in shift) if isinstance(shift, tuple) else -shift
    return namespace(x).roll(x, shift, axis=axis), (lambda grad: namespace(grad).roll(grad, back, axis=axis),)


@differentiable
def pad(x, *, pad_width, constant_values=0.0):
    """Put constants around an array, as NumPy's `pad`; the pull-back cuts them off.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    pad_width : tuple of (int, int)
        For each axis how many to put before and after.
    constant_values : float, default 0.0
        What to put there.

    Returns
    -------
    Tensor or Array
        Each axis longer by its two numbers.
    """
    inside = tuple(slice(before, before + n) for (before, _), n in zip(pad_width, x.shape))
    padded = namespace(x).pad(x, pad_width, constant_values=constant_values)
    return padded, (lambda grad: grad[inside],)


@differentiable
def tril(x, *, k=0):
    """The lower triangle of the last two axes."""
    return namespace(x).tril(x, k=k), (lambda grad: namespace(grad).tril(grad, k=k),)


@differentiable
def triu(x, *, k=0):
    """The upper triangle of the last two axes."""
    return namespace(x).triu(x, k=k), (lambda grad: namespace(grad).triu(grad, k=k),)


def concatenate(arrays: Any, axis: int = 0) -> Array:
    """Join arrays along an axis that they have.

    Parameters
    ----------
    arrays : sequence of Tensor or Array
        Equal shapes but for `axis`.
    axis : int, default 0
        Along which axis.

    Returns
    -------
    Tensor or Array
        All of them, one after the other.
    """
    return _concatenate(*arrays, axis=axis)


@differentiable
def _concatenate(*arrays, axis):
    """Each array's gradient is its own slice."""
    place = axis % len(arrays[0].shape)

    def slice_of(start: int, stop: int) -> Any:
        index = (slice(None),) * place + (slice(start, stop),)
        return lambda grad: grad[index]

    pulls, start = [], 0
    for array in arrays:
        stop = start + array.shape[place]
        pulls.append(slice_of(start, stop))
        start = stop
    return namespace(*arrays).concatenate(arrays, axis=axis), tuple(pulls)


def stack(arrays: Any, axis: int = 0) -> Array:
    """Join arrays along a new axis.

    Parameters
    ----------
    arrays : sequence of Tensor or Array
        Equal shapes.
    axis : int, default 0
        Where the new axis shall stand.

    Returns
    -------
    Tensor or Array
        One axis more than each of them.
    """
    return concatenate([expand_dims(array, axis) for array in arrays], axis=axis)


@differentiable
def unstack(x, *, axis=0):
    """The parts of an array along an axis, without that axis; the pull-back stacks their gradients.

    Parameters
    ----------
    x : Tensor or Array
        Any shape with an axis.
    axis : int, default 0
        Which axis goes.

    Returns
    -------
    tuple of Tensor or Array
        As many as that axis is long: cheaper than reading them one by one, each of which has zeros for the others.
    """
    before = (slice(None),) * (axis % len(x.shape))
    parts = tuple(x[(*before, i)] for i in range(x.shape[axis]))
    return parts, (lambda grads: namespace(*grads).stack(grads, axis),)


@differentiable
def _split(x, *, bounds, axis):
    """Consecutive parts; the pull-back joins their gradients."""
    parts = tuple(x[(slice(None),) * axis + (slice(a, b),)] for a, b in itertools.pairwise(bounds))
    return parts, (lambda grads: namespace(*grads).concatenate(grads, axis=axis),)


def split(x: Array, sizes: int | tuple[int, ...] | list[int], axis: int = 0) -> tuple:
    """Cut an array into consecutive parts, as PyTorch's `split`.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    sizes : int or sequence of int
        The length of each part along `axis`; one number for equal parts, the last of which may be shorter.
    axis : int, default 0
        Along which axis.

    Returns
    -------
    tuple of Tensor or Array
        The parts.

    Raises
    ------
    ValueError
        If the sizes do not add up to the axis's length.
    """
    place = axis % len(x.shape)
    length = x.shape[place]
    if isinstance(sizes, int):
        bounds = [*range(0, length, sizes), length]
    else:
        bounds = [0]
        for size in sizes:
            bounds.append(bounds[-1] + size)
    if bounds[-1] != length:
        raise ValueError(f"split expected sizes that add up to {length}, the length of axis {axis}, but got {sizes}")
    return _split(x, bounds=tuple(bounds), axis=place)


def tile(x: Array, repeats: int | tuple[int, ...]) -> Array:
    """Repeat a whole array along its axes, as NumPy's `tile` and PyTorch's `Tensor.repeat`.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    repeats : int or tuple of int
        How often along each axis. Where there are more of them than axes, axes of length one are put in front; where
        there are fewer, they count for the last axes.

    Returns
    -------
    Tensor or Array
        Each axis that many times as long.
    """
    times = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    axes = max(len(times), len(x.shape))
    times = (1,) * (axes - len(times)) + times
    lengths = (1,) * (axes - len(x.shape)) + x.shape
    apart = reshape(x, shape=tuple(n for length in lengths for n in (1, length)))
    wide = broadcast_to(apart, shape=tuple(n for pair in zip(times, lengths) for n in pair))
    return reshape(wide, shape=tuple(n * length for n, length in zip(times, lengths)))


def repeat_interleave(x: Array, repeats: int, axis: int) -> Array:
    """Repeat each element along an axis, as NumPy's `repeat`.

    Parameters
    ----------
    x : Tensor or Array
        Any shape with an axis.
    repeats : int
        How often each.
    axis : int
        Along which axis.

    Returns
    -------
    Tensor or Array
        That axis `repeats` times as long.
    """
    place = axis % len(x.shape)
    before, after = x.shape[: place + 1], x.shape[place + 1 :]
    wide = broadcast_to(reshape(x, shape=(*before, 1, *after)), shape=(*before, repeats, *after))
    return reshape(wide, shape=(*x.shape[:place], x.shape[place] * repeats, *after))
