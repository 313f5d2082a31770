"""Sums and their relatives along axes."""

import math

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.ops.arithmetic import multiply, power
from chainrule.ops.elementwise import abs, sqrt, square

Axis = int | tuple[int, ...] | None


def normalized_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """`axis` as a tuple of numbers from 0 to ndim - 1; all of them for None."""
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    for one in axes:
        if not -ndim <= one < ndim:
            raise ValueError(f"axis {one} is out of range for an array of {ndim} axes")
    return tuple(one % ndim for one in axes)


def kept_shape(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """The shape of a reduction's result with keepdims=True."""
    axes = normalized_axes(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def spread(grad: Array, shape: tuple[int, ...], axis: Axis) -> Array:
    """A reduction's gradient, repeated along the reduced axes."""
    xp = namespace(grad)
    return xp.broadcast_to(xp.reshape(grad, kept_shape(shape, axis)), shape)


@differentiable
def sum(x, *, axis=None, keepdims=False):
    """Add up along axes: d sum(x) = sum(dx).

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis : int or tuple of int, optional
        The axes to reduce; all of them by default.
    keepdims : bool, default False
        Keep the axes with length one.

    Returns
    -------
    Tensor or Array
        The sums.
    """
    shape = x.shape
    return namespace(x).sum(x, axis=axis, keepdims=keepdims), (lambda grad: spread(grad, shape, axis),)


@differentiable
def mean(x, *, axis=None, keepdims=False):
    """Average along axes: d mean(x) = mean(dx).

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis : int or tuple of int, optional
        The axes to reduce; all of them by default.
    keepdims : bool, default False
        Keep the axes with length one.

    Returns
    -------
    Tensor or Array
        The means.
    """
    shape = x.shape
    count = math.prod(shape[i] for i in normalized_axes(axis, len(shape)))
    return namespace(x).mean(x, axis=axis, keepdims=keepdims), (lambda grad: spread(grad / count, shape, axis),)


@differentiable
def max(x, *, axis=None, keepdims=False):
    """Find the largest element along axes. The gradient goes to it; several equal ones share it.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis : int or tuple of int, optional
        The axes to reduce; all of them by default.
    keepdims : bool, default False
        Keep the axes with length one.

    Returns
    -------
    Tensor or Array
        The largest elements.
    """
    y = namespace(x).max(x, axis=axis, keepdims=keepdims)
    return y, (lambda grad: _to_extreme(grad, x, y, axis),)


@differentiable
def min(x, *, axis=None, keepdims=False):
    """Find the smallest element along axes. The gradient goes to it; several equal ones share it.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis : int or tuple of int, optional
        The axes to reduce; all of them by default.
    keepdims : bool, default False
        Keep the axes with length one.

    Returns
    -------
    Tensor or Array
        The smallest elements.
    """
    y = namespace(x).min(x, axis=axis, keepdims=keepdims)
    return y, (lambda grad: _to_extreme(grad, x, y, axis),)


def _to_extreme(grad: Array, x: Array, y: Array, axis: Axis) -> Array:
    xp = namespace(x)
    chosen = xp.astype(x == spread(y, x.shape, axis), x.dtype)
    share = chosen / xp.sum(chosen, axis=axis, keepdims=True)
    return spread(grad, x.shape, axis) * share


def prod(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Multiply along axes, as a tree of pairwise products, so that zeros get the right gradient.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis : int or tuple of int, optional
        The axes to multiply along; all of them by default.
    keepdims : bool, default False
        Keep the axes with length one.

    Returns
    -------
    Tensor or Array
        The product.
    """
    xp, axes = namespace(x), normalized_axes(axis, len(x.shape))
    others = [i for i in range(len(x.shape)) if i not in axes]
    shape = tuple(x.shape[i] for i in others)
    count = math.prod(x.shape[i] for i in axes)
    y = xp.reshape(xp.transpose(x, (*others, *axes)), (*shape, count))
    if count == 0:
        y, count = xp.ones((*shape, 1), dtype=x.dtype), 1
    while count > 1:
        half = count // 2
        rest = y[..., 2 * half :]
        y = xp.concatenate([multiply(y[..., :half], y[..., half : 2 * half]), rest], axis=-1)
        count = y.shape[-1]
    return xp.reshape(y, kept_shape(x.shape, axis) if keepdims else shape)


def var(x: Array, axis: Axis = None, correction: float = 0, keepdims: bool = False) -> Array:
    """Compute the variance along axes.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis : int or tuple of int, optional
        The axes to reduce; all of them by default.
    correction : float, default 0
        What is taken off the number of elements to divide by; 1 for the unbiased estimate (PyTorch's default).
    keepdims : bool, default False
        Keep the axes with length one.

    Returns
    -------
    Tensor or Array
        The mean squared distance from the mean.
    """
    count = math.prod(x.shape[i] for i in normalized_axes(axis, len(x.shape)))
    deviation = square(x - mean(x, axis=axis, keepdims=True))
    return sum(deviation, axis=axis, keepdims=keepdims) / _at_least_zero(count - correction)


def std(x: Array, axis: Axis = None, correction: float = 0, keepdims: bool = False) -> Array:
    """Compute the standard deviation along axes: the square root of `var`.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    axis : int or tuple of int, optional
        The axes to reduce; all of them by default.
    correction : float, default 0
        As for `var`.
    keepdims : bool, default False
        Keep the axes with length one.

    Returns
    -------
    Tensor or Array
        The root of the mean squared distance from the mean.
    """
    return sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def _at_least_zero(count: float) -> float:
    return count if count > 0 else 0.0


def norm(x: Array, ord: float = 2, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the length of vectors.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    ord : float, default 2
        p of the norm ``sum(|x|**p)**(1/p)``; infinity for the largest absolute value.
    axis : int or tuple of int, optional
        The axes along which a vector lies; all of them by default.
    keepdims : bool, default False
        Keep the axes with length one.

    Returns
    -------
    Tensor or Array
        The norms. At zero the gradient of the Euclidean norm is zero.

    Raises
    ------
    ValueError
        If `ord` is not positive.
    """
    if not ord > 0:
        raise ValueError(f"norm expected a positive ord, but got {ord}")
    if ord == 2:
        return _euclidean_norm(x, axis=axis, keepdims=keepdims)
    if ord == math.inf:
        return max(abs(x), axis=axis, keepdims=keepdims)
    if ord == 1:
        return sum(abs(x), axis=axis, keepdims=keepdims)
    return power(sum(power(abs(x), ord), axis=axis, keepdims=keepdims), 1.0 / ord)


@differentiable
def _euclidean_norm(x, *, axis, keepdims):
    """d |x| = x dx / |x|."""
    xp = namespace(x)
    y = xp.sqrt(xp.sum(x * x, axis=axis, keepdims=keepdims))

    def pull_back(grad):
        length = spread(y, x.shape, axis)
        return spread(grad, x.shape, axis) * x / xp.where(length == 0, 1.0, length)

    return y, (pull_back,)
