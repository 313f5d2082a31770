"""Softmax and the logarithms that go with it, each without overflow."""

from collections.abc import Callable

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.kernels import select
from chainrule.ops.activations import sigmoid
from chainrule.ops.arithmetic import promote
from chainrule.ops.reductions import spread


def _along(axis: int, kernel: Callable, *arrays: Array) -> Array:
    """A kernel for the last axis, applied along another one."""
    if axis in (-1, len(arrays[0].shape) - 1):
        return kernel(*arrays)
    xp = namespace(*arrays)
    return xp.swapaxes(kernel(*[xp.swapaxes(array, axis, -1) for array in arrays]), axis, -1)


@differentiable
def softmax(x, *, axis=-1):
    """With y = exp(x) / sum(exp(x)): dy = y (dx - sum(y dx))."""
    y = _along(axis, select(x).softmax, x)
    return y, (lambda grad: _along(axis, select(grad, y).softmax_backward, grad, y),)


@differentiable
def log_softmax(x, *, axis=-1):
    """With y = x - log(sum(exp(x))): dy = dx - sum(exp(y) dx)."""
    y = _along(axis, select(x).log_softmax, x)
    return y, (lambda grad: _along(axis, select(grad, y).log_softmax_backward, grad, y),)


@differentiable
def logsumexp(x, *, axis=None, keepdims=False):
    """log(sum(exp(x))) along axes: d = sum(softmax(x) dx).

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
        The logarithms.
    """
    xp = namespace(x)
    peak = xp.max(x, axis=axis, keepdims=True)
    peak = xp.where(xp.isfinite(peak), peak, 0.0)
    y = xp.log(xp.sum(xp.exp(x - peak), axis=axis, keepdims=True)) + peak
    result = y if keepdims else xp.squeeze(y, axis)
    return result, (lambda grad: spread(grad, x.shape, axis) * namespace(y).exp(x - y),)


@differentiable
def logaddexp(x, y):
    """d log(exp(x) + exp(y)) = sigmoid(x - y) dx + sigmoid(y - x) dy."""
    x, y = promote(x, y)
    xp, dtype = namespace(x, y), getattr(x, "dtype", getattr(y, "dtype", None))
    x, y = xp.asarray(x, dtype=dtype), xp.asarray(y, dtype=dtype)
    gap = xp.where(x == y, 0.0, x) - xp.where(x == y, 0.0, y)  # equal infinities are no distance apart
    return xp.maximum(x, y) + xp.log1p(xp.exp(-xp.abs(gap))), (
        lambda grad: grad * sigmoid(gap),
        lambda grad: grad * sigmoid(-gap),
    )
