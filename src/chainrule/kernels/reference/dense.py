"""Matrix products."""

from chainrule.backend import Array, namespace


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


def linear(x: Array, weight: Array, bias: Array | None) -> Array:
    """Map the last axis linearly: x W^T + b.

    Parameters
    ----------
    x : Array, shape (..., D)
        The inputs.
    weight : Array, shape (F, D)
        A row an output.
    bias : Array, shape (F,), or None
        What is added.

    Returns
    -------
    Array, shape (..., F)
        The result.
    """
    xp = namespace(x, weight)
    y = xp.matmul(x, xp.swapaxes(weight, 0, 1))
    return y if bias is None else y + bias
