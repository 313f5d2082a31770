"""Functions whose results are constants: they pass no gradient on, at any level."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.backend import namespace


def constant(value: Any) -> Any:
    """The plain array in `value`, if it is a Tensor; the parts of a tuple or list likewise."""
    if isinstance(value, Tensor):
        return value.constant()
    if isinstance(value, (tuple, list)):
        return type(value)(constant(part) for part in value)
    return value


def constant_operation(name: str) -> Callable:
    """The function `name` of the vocabulary, for Tensors: evaluated on the numbers, result a constant."""

    def operation(*args: Any, **static: Any) -> Tensor:
        arrays = [constant(arg) for arg in args]
        arrays = [array.item() if isinstance(array, np.generic) else array for array in arrays]
        return Tensor(getattr(namespace(*_leading(arrays)), name)(*arrays, **static))

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"`{name}` of the array API, without a gradient."
    return operation


def _leading(arrays: list) -> list:
    """Those arguments that say which array library is meant."""
    return [array for array in arrays if hasattr(array, "dtype") and hasattr(array, "shape")]


sign = constant_operation("sign")
floor = constant_operation("floor")
ceil = constant_operation("ceil")
round = constant_operation("round")
isfinite = constant_operation("isfinite")
isnan = constant_operation("isnan")
argmax = constant_operation("argmax")
argmin = constant_operation("argmin")
any = constant_operation("any")
all = constant_operation("all")
zeros = constant_operation("zeros")
ones = constant_operation("ones")
full = constant_operation("full")
arange = constant_operation("arange")
zeros_like = constant_operation("zeros_like")
ones_like = constant_operation("ones_like")
full_like = constant_operation("full_like")


def asarray(x: Any, dtype: Any = None) -> Tensor:
    """`x` as a Tensor, of `dtype` if one is given.

    Parameters
    ----------
    x : Tensor, Array, number or nested list
        The numbers.
    dtype : dtype, optional
        The type of the elements.

    Returns
    -------
    Tensor
        `x` itself where nothing has to change.
    """
    made = x if isinstance(x, Tensor) else Tensor(x)
    return made if dtype is None or made.dtype == np.dtype(dtype) else made.astype(dtype)
