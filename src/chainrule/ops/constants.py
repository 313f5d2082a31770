"""Functions whose results are constants: they pass no gradient on, at any level."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.backend import Array, namespace


def constant(value: Any) -> Any:
    """The plain array in `value`, if it is a Tensor; the parts of a tuple or list likewise."""
    if isinstance(value, Tensor):
        return value.constant()
    if isinstance(value, (tuple, list)):
        return type(value)(constant(part) for part in value)
    return value


def constant_operation(name: str) -> Callable:
    """The function `name` of the vocabulary, for Tensors: evaluated on the numbers, result a constant."""

    def operation(*args: Any, **static: Any) -> Any:
        plain = [constant(arg) for arg in args]
        arrays = [arg for arg in plain if hasattr(arg, "shape")]
        if len(arrays) > 1:  # scalars are weak
            plain = [arg.item() if isinstance(arg, np.generic) else arg for arg in plain]
        result = getattr(namespace(*arrays), name)(*plain, **static)
        return Tensor(result) if any_tensor(args) or not arrays else result

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"`{name}` of the array API, without a gradient."
    return operation


def any_tensor(values: tuple) -> bool:
    """Whether there is a Tensor among `values`."""
    return next((True for value in values if isinstance(value, Tensor)), False)


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
zeros_like = constant_operation("zeros_like")
ones_like = constant_operation("ones_like")
full_like = constant_operation("full_like")


def zeros(shape: int | tuple[int, ...], dtype: Any = np.float32) -> Tensor:
    """Make an array of zeros.

    Parameters
    ----------
    shape : int or tuple of int
        The length of each axis.
    dtype : dtype, default float32
        The type of the elements.

    Returns
    -------
    Tensor
        A constant in NumPy's memory.
    """
    return Tensor(np.zeros(shape, dtype))


def ones(shape: int | tuple[int, ...], dtype: Any = np.float32) -> Tensor:
    """Make an array of ones.

    Parameters
    ----------
    shape : int or tuple of int
        The length of each axis.
    dtype : dtype, default float32
        The type of the elements.

    Returns
    -------
    Tensor
        A constant in NumPy's memory.
    """
    return Tensor(np.ones(shape, dtype))


def full(shape: int | tuple[int, ...], fill_value: Any, dtype: Any = None) -> Tensor:
    """Make an array of equal elements.

    Parameters
    ----------
    shape : int or tuple of int
        The length of each axis.
    fill_value : number
        The elements.
    dtype : dtype, optional
        Their type. By default float32 for a Python float, int64 for an int, bool for a bool.

    Returns
    -------
    Tensor
        A constant in NumPy's memory.
    """
    return Tensor(np.full(shape, constant(fill_value), _dtype_of(fill_value) if dtype is None else dtype))


def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None) -> Tensor:
    """Count up in equal steps.

    Parameters
    ----------
    start : float
        The first element; where `stop` is not given, the limit, and 0 is the first.
    stop : float, optional
        The limit, which is left out.
    step : float, default 1
        From one element to the next.
    dtype : dtype, optional
        The type of the elements. By default int64 for ints, else float32.

    Returns
    -------
    Tensor
        A constant in NumPy's memory.
    """
    limits: Any = (0, start, step) if stop is None else (start, stop, step)
    return Tensor(np.arange(*limits, dtype=_dtype_of(sum(limits)) if dtype is None else dtype))


def _dtype_of(number: Any) -> Any:
    return np.float32 if isinstance(number, float) else None


def asarray(x: Any, dtype: Any = None) -> Array:
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
