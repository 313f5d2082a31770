"""Matrix products for NumPy arrays: our own code for float32, NumPy's for the rest and for what is tiny."""

import functools
import math
from types import ModuleType

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.rectifiers import clamp
from chainrule.kernels.reference import dense as reference
from chainrule.kernels.reference.dense import as_rows

_FEW_COLUMNS = 4  # of a panel that is eight times as wide or more
_FEW_WEIGHTS = 1 << 10  # NumPy has finished before we have begun
_FEW_PRODUCTS = 1 << 18  # multiply-adds; from here on NumPy's threads would get in the way of ours


def matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """See `chainrule.kernels.reference.dense.matmul`."""
    if a.ndim < 2 or b.ndim < 2 or _suits_numpy(a, b.shape[-1]):
        return a.dot(b) if a.ndim == b.ndim == 2 else np.matmul(a, b)  # the same, in half the time where it is tiny
    if not all_float32(a, b) or a.shape[-1] != b.shape[-2]:
        return reference.matmul(a, b)
    a, b = _readable(a), _readable(b)
    if a.ndim == b.ndim == 2:
        return _products().product(a, b)  # no view: whoever holds it may know that nobody else does
    if b.size == b.shape[-2] * b.shape[-1]:
        leading = (1,) * (b.ndim - a.ndim) + a.shape[:-2]
        return _products().product(as_rows(a), as_rows(b)).reshape(*leading, a.shape[-2], b.shape[-1])
    if a.shape[:-2] != b.shape[:-2]:
        leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = (np.broadcast_to(x, (*leading, *x.shape[-2:])) for x in (a, b))
    first, *others = a.shape[:-2]  # two leading axes are read where they lie, such as those of attention's heads
    four = [x.reshape(first, math.prod(others), *x.shape[-2:]) for x in (a, b)]
    return _products().batch_product(*four).reshape(*a.shape[:-1], b.shape[-1])


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, rectified: bool = False) -> np.ndarray:
    """See `chainrule.kernels.reference.dense.linear`."""
    if not all_float32(x, weight, bias) or x.ndim < 2 or _suits_numpy(x, weight.shape[0]):
        return reference.linear(x, weight, bias, rectified)
    start, rows = None if bias is None else dense(bias), as_rows(_readable(x))
    if len(rows) <= _few().FEW and not weight.shape[1] % _few().LANES and weight.flags.c_contiguous:
        y = _few().few_rows(dense(rows), _readable(weight), start)
        y = clamp(y, 0, math.inf) if rectified else y
    else:
        y = _products().product(rows, _readable(weight).T, start, rectified=rectified)
    return y if x.ndim == 2 else y.reshape(*x.shape[:-1], weight.shape[0])


def linear_backward(
    grad: np.ndarray, x: np.ndarray | None, weight: np.ndarray | None, with_bias: bool, rectified: bool = False
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """See `chainrule.kernels.reference.dense.linear_backward`."""
    given = x if weight is None else weight
    if given is None or not all_float32(grad, x, weight):
        return reference.linear_backward(grad, x, weight, with_bias, rectified)
    rows, columns = as_rows(_readable(grad)), given.shape[-1]
    if _suits_numpy(rows, columns):
        return reference.linear_backward(grad, x, weight, with_bias, rectified)
    others = [None if each is None else as_rows(_readable(each)) for each in (x, weight)]
    dx, dweight, dbias = _gradients().gradients(rows, *others, with_bias, rectified)
    return dx if dx is None or grad.ndim == 2 else dx.reshape(*grad.shape[:-1], columns), dweight, dbias


def _suits_numpy(a: np.ndarray, columns: int) -> bool:
    """Whether NumPy is faster.

    The size of B decides, wherever it can: then the result for a row does not depend on how many rows there are.
    """
    is_tiny = a.shape[-1] * columns < _FEW_WEIGHTS and a.size * columns < _FEW_PRODUCTS
    return is_tiny or columns < _FEW_COLUMNS


@functools.cache
def _products() -> ModuleType:
    """Numba and the code that it compiles, imported when first needed."""
    from chainrule.kernels.cpu import products

    return products


@functools.cache
def _gradients() -> ModuleType:
    from chainrule.kernels.cpu import linear_gradients

    return linear_gradients


@functools.cache
def _few() -> ModuleType:
    from chainrule.kernels.cpu import few_rows

    return few_rows


def _readable(x: np.ndarray) -> np.ndarray:
    """Return `x` where it and its strides are whole numbers of elements, else a copy."""
    return x if x.flags.aligned else x.copy()
