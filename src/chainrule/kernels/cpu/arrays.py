"""Bring arrays into the form that kernels are compiled for: float32, dense, aligned."""

import numpy as np

_FLOAT32 = np.dtype(np.float32)


def all_float32(*arrays: object) -> bool:
    """Whether all are NumPy arrays of native float32; None counts as one."""
    for x in arrays:
        if x is not None and not (isinstance(x, np.ndarray) and (x.dtype is _FLOAT32 or x.dtype == _FLOAT32)):
            return False
    return True


def dense(x: np.ndarray) -> np.ndarray:
    """Return `x` in C order and aligned: itself, or a copy if it is not so."""
    flags = x.flags
    return x if flags.c_contiguous and flags.aligned else np.array(x, order="C")


def as_rows(x: np.ndarray) -> np.ndarray:
    """Return `x`, shape (..., D), as a dense matrix (rows, D)."""
    return dense(x).reshape(-1 if x.size else 0, x.shape[-1])


def flat(x: np.ndarray) -> np.ndarray:
    """Return the elements in memory order: a view where `x` is dense, with its axes in whatever order."""
    return (x if x.flags.aligned else x.copy(order="K")).ravel(order="K")


def laid_out_like(x: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return `x` with the order of axes in memory that `other` has, of equal shape, so that both can be `flat`."""
    if x.strides == other.strides:
        return x
    target = np.empty_like(other)
    if all(n == 1 or a == b for n, a, b in zip(x.shape, x.strides, target.strides)):
        return x
    target[...] = x
    return target
