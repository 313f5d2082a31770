"""The vocabulary on JAX arrays and tracers."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.numpy import (
    abs,
    add,
    all,
    any,
    arange,
    arccos,
    arcsin,
    arctan,
    arctan2,
    argmax,
    argmin,
    asarray,
    broadcast_to,
    ceil,
    clip,
    concatenate,
    cos,
    cosh,
    cumsum,
    divide,
    einsum,
    equal,
    exp,
    expand_dims,
    expm1,
    flip,
    floor,
    full,
    full_like,
    greater,
    greater_equal,
    isfinite,
    isnan,
    less,
    less_equal,
    log,
    log1p,
    logical_and,
    logical_not,
    logical_or,
    matmul,
    max,
    maximum,
    mean,
    min,
    minimum,
    multiply,
    negative,
    not_equal,
    ones,
    ones_like,
    pad,
    power,
    prod,
    reshape,
    roll,
    round,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    squeeze,
    stack,
    subtract,
    sum,
    swapaxes,
    take_along_axis,
    tan,
    tanh,
    transpose,
    tril,
    triu,
    where,
    zeros,
    zeros_like,
)
from jax.scipy.special import erf

# ruff: noqa: F401  the imports above are the vocabulary


def from_any(array: Any) -> jax.Array:
    """A fresh JAX array with the numbers of `array`, in memory that NumPy does not share."""
    return jnp.array(np.array(array) if isinstance(array, np.ndarray) else array, copy=True)


def astype(x: jax.Array, dtype: Any) -> jax.Array:
    """`x` with elements of `dtype`."""
    return jnp.asarray(x).astype(dtype)


def take(x: jax.Array, index: Any) -> jax.Array:
    """`x[index]`, for every kind of index."""
    return jnp.asarray(x)[_as_jax(index)]


def put(x: jax.Array, index: Any, shape: tuple[int, ...]) -> jax.Array:
    """Zeros of `shape` with `x` added at `index`: the transpose of `take`."""
    return zeros(shape, x.dtype).at[_as_jax(index)].add(x)


def put_along_axis(x: jax.Array, indices: jax.Array, axis: int, shape: tuple[int, ...]) -> jax.Array:
    """Zeros of `shape` with `x` added at `indices` along `axis`: the transpose of `take_along_axis`."""
    grid = [arange(n).reshape([-1 if i == j else 1 for j in range(x.ndim)]) for i, n in enumerate(x.shape)]
    grid[axis] = indices
    return zeros(shape, x.dtype).at[tuple(grid)].add(x)


def _as_jax(index: Any) -> Any:
    """JAX refuses lists as indices."""
    if isinstance(index, tuple):
        return tuple(_as_jax(part) for part in index)
    return np.asarray(index) if isinstance(index, list) else index
