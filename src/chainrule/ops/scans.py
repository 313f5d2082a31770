"""Running results along an axis.

All but the sum are built by doubling: after k rounds each element holds the result of the 2**k elements that end with
it. That takes log2(n) operations on whole arrays, and derivatives of every order follow from those of one step.
"""

from collections.abc import Callable
from typing import Any

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.ops.arithmetic import maximum, minimum, multiply
from chainrule.ops.shape import concatenate
from chainrule.ops.softmax import logaddexp


@differentiable
def cumsum(x, *, axis):
    """d cumsum(x) = cumsum(dx); the pull-back sums from the other end."""

    def from_the_end(grad: Any) -> Any:
        xp = namespace(grad)
        return xp.flip(xp.cumsum(xp.flip(grad, axis=axis), axis=axis), axis=axis)

    return namespace(x).cumsum(x, axis=axis), (from_the_end,)


def _scan(step: Callable, x: Array, axis: int) -> Array:
    place = axis % len(x.shape)
    length, reach = x.shape[place], 1

    def part(start: int, stop: int) -> tuple:
        return (slice(None),) * place + (slice(start, stop),)

    while reach < length:
        x = concatenate([x[part(0, reach)], step(x[part(reach, length)], x[part(0, length - reach)])], axis=place)
        reach *= 2
    return x


def cumprod(x: Array, axis: int) -> Array:
    """Multiply up along an axis; zeros get the right gradient.

    Parameters
    ----------
    x : Tensor or Array
        Any shape with an axis.
    axis : int
        Along which axis.

    Returns
    -------
    Tensor or Array
        Each element is the product of those up to it.
    """
    return _scan(multiply, x, axis)


def cummax(x: Array, axis: int) -> Array:
    """Find the largest element so far along an axis.

    Parameters
    ----------
    x : Tensor or Array
        Any shape with an axis.
    axis : int
        Along which axis.

    Returns
    -------
    Tensor or Array
        Each element is the largest of those up to it.
    """
    return _scan(maximum, x, axis)


def cummin(x: Array, axis: int) -> Array:
    """Find the smallest element so far along an axis.

    Parameters
    ----------
    x : Tensor or Array
        Any shape with an axis.
    axis : int
        Along which axis.

    Returns
    -------
    Tensor or Array
        Each element is the smallest of those up to it.
    """
    return _scan(minimum, x, axis)


def logcumsumexp(x: Array, axis: int) -> Array:
    """Compute ``log(cumsum(exp(x)))`` along an axis, without overflow.

    Parameters
    ----------
    x : Tensor or Array
        Any shape with an axis.
    axis : int
        Along which axis.

    Returns
    -------
    Tensor or Array
        Each element is the `logsumexp` of those up to it.
    """
    return _scan(logaddexp, x, axis)
