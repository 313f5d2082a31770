"""The vocabulary on NumPy arrays."""

from typing import Any

import numpy as np
from numpy import (
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

# ruff: noqa: F401  the imports above are the vocabulary


def from_any(array: Any) -> np.ndarray:
    """A fresh NumPy array with the numbers of `array`."""
    return np.array(array)


def astype(x: np.ndarray, dtype: Any) -> np.ndarray:
    """`x` with elements of `dtype`; `x` itself where they are so already."""
    return np.asarray(x).astype(dtype, copy=False)


def take(x: np.ndarray, index: Any) -> np.ndarray:
    """`x[index]`, for every kind of index."""
    return x[index]


def put(x: np.ndarray, index: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Zeros of `shape` with `x` added at `index`: the transpose of `take`."""
    out = zeros(shape, np.asarray(x).dtype)
    if _is_basic(index):  # every place is met once
        out[index] = x
    else:
        np.add.at(out, index, x)
    return out


def put_along_axis(x: np.ndarray, indices: np.ndarray, axis: int, shape: tuple[int, ...]) -> np.ndarray:
    """Zeros of `shape` with `x` added at `indices` along `axis`: the transpose of `take_along_axis`."""
    out = zeros(shape, x.dtype)
    grid = [np.arange(n).reshape([-1 if i == j else 1 for j in range(x.ndim)]) for i, n in enumerate(x.shape)]
    grid[axis] = indices
    np.add.at(out, tuple(grid), x)
    return out


def erf(x: np.ndarray) -> np.ndarray:
    """The error function: W. J. Cody's rational approximations (1969), exact to double precision."""
    from chainrule.backend.special import erf as rational

    return rational(np.asarray(x))


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    basic = (int, np.integer, slice, type(None), type(Ellipsis))
    return not any_(isinstance(part, (bool, np.bool_)) or not isinstance(part, basic) for part in parts)


def any_(values: Any) -> bool:
    """Python's `any`, whose name the vocabulary takes."""
    return next((True for value in values if value), False)


def einsum(subscripts: str, *operands: np.ndarray) -> np.ndarray:
    """NumPy's `einsum`, by way of matrix products where they fit."""
    return np.einsum(subscripts, *operands, optimize=True)
