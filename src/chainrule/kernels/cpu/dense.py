"""Matrix products for NumPy arrays: our own code for float32, NumPy's for the rest and for what is tiny."""

import functools
import math
from types import ModuleType

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32
from chainrule.kernels.reference import dense as reference

_TINY = 1 << 15  # multiply-adds; below, NumPy has finished before we have begun


def matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """See `chainrule.kernels.reference.dense.matmul`."""
    if not all_float32(a, b) or a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        return reference.matmul(a, b)
    if a.size * b.shape[-1] < _TINY:
        return np.matmul(a, b)
    a, b = _readable(a), _readable(b)
    if b.ndim == 2:
        return _gemm().product(_as_matrix(a), b).reshape(*a.shape[:-1], b.shape[-1])
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    wide_a, wide_b = (np.broadcast_to(x, (*leading, *x.shape[-2:])) for x in (a, b))
    if math.prod(leading) == 1:
        c = _gemm().product(wide_a.reshape(a.shape[-2:]), wide_b.reshape(b.shape[-2:]))
        return c.reshape(*leading, *c.shape)
    return _gemm().batch_product(wide_a, wide_b)


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """See `chainrule.kernels.reference.dense.linear`."""
    if not all_float32(x, weight, bias) or x.ndim < 2 or x.size * weight.shape[0] < _TINY:
        return reference.linear(x, weight, bias)
    start = None if bias is None else np.ascontiguousarray(bias)
    y = _gemm().product(_as_matrix(_readable(x)), _readable(weight).T, start)
    return y.reshape(*x.shape[:-1], weight.shape[0])


@functools.cache
def _gemm() -> ModuleType:
    """Numba and the code that it compiles, imported when first needed."""
    from chainrule.kernels.cpu import gemm

    return gemm


def _readable(x: np.ndarray) -> np.ndarray:
    """Return `x` where its elements lie at whole numbers of elements, else a copy."""
    return x if x.flags.aligned and not any(stride % 4 for stride in x.strides) else x.copy()


def _as_matrix(x: np.ndarray) -> np.ndarray:
    """Return (..., K) as (M, K), without a copy where the rows are evenly spaced."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
