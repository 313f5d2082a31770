"""Matrix products."""

import math

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.rectifiers import clamp, clamp_backward


def matmul(a: Array, b: Array) -> Array:
    """Multiply matrices.

    Parameters
    ----------
    a : Array, shape (..., M, K)
        Of any strides.
    b : Array, shape (..., K, N)
        Of any strides; leading axes broadcast.

    Returns
    -------
    Array, shape (..., M, N)
        The product.
    """
    return namespace(a, b).matmul(a, b)


def linear(x: Array, weight: Array, bias: Array | None, rectified: bool = False) -> Array:
    """Map the last axis linearly: x W^T + b, or max(x W^T + b, 0).

    Parameters
    ----------
    x : Array, shape (..., D)
        The inputs.
    weight : Array, shape (F, D)
        A row an output.
    bias : Array, shape (F,), or None
        What is added.
    rectified : bool, default False
        Whether what is below zero becomes zero.

    Returns
    -------
    Array, shape (..., F)
        The result.
    """
    xp = namespace(x, weight)
    y = xp.matmul(x, xp.swapaxes(weight, 0, 1))
    y = y if bias is None else y + bias
    return clamp(y, 0, math.inf) if rectified else y


def linear_backward(
    grad: Array, x: Array | None, weight: Array | None, with_bias: bool, rectified: bool = False
) -> tuple[Array | None, Array | None, Array | None]:
    """Pull the gradient of `linear`, as it is without being rectified, back to those of its arguments that want one.

    Parameters
    ----------
    grad : Array, shape (..., F)
        Gradient of the result.
    x : Array, shape (..., D), or None
        As for `linear`; None if the weight's gradient is not wanted.
    weight : Array, shape (F, D), or None
        As for `linear`; None if the input's gradient is not wanted.
    with_bias : bool
        Whether the bias's gradient is wanted.
    rectified : bool, default False
        Whether `x` itself is a rectified result, whose gradient is to go on to what was below: zero where `x` is.

    Returns
    -------
    tuple of Array or None
        Gradients of the input, shape (..., D), the weight, (F, D), and the bias, (F,).
    """
    rows = as_rows(grad)
    dx = None if weight is None else matmul(rows, weight).reshape(*grad.shape[:-1], weight.shape[1])
    return (
        clamp_backward(dx, x, 0, math.inf) if rectified and dx is not None else dx,
        None if x is None else matmul(rows.mT, as_rows(x)),
        namespace(grad).sum(rows, axis=0) if with_bias else None,
    )


def as_rows(x: Array) -> Array:
    """Return (..., D) as a matrix; on NumPy without a copy where the rows are evenly spaced."""
    return x if len(x.shape) == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
