"""Which array library do these values belong to?"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from chainrule.backend import numpy as numpy_backend

# A NumPy array, a JAX array or tracer, or a Tensor: whatever `namespace` knows.
Array = Any

# What a rule may use. Each backend defines all of it, and so does `chainrule.ops` for Tensors.
VOCABULARY = frozenset(
    """
    abs exp expm1 log log1p sqrt square tanh sin cos tan sinh cosh arcsin arccos arctan erf sign floor ceil round
    add subtract multiply divide negative power maximum minimum arctan2 where clip isfinite isnan
    equal not_equal less less_equal greater greater_equal logical_and logical_or logical_not
    sum mean prod max min argmax argmin any all cumsum
    matmul einsum
    reshape transpose swapaxes broadcast_to squeeze expand_dims concatenate stack flip roll pad tril triu
    take put take_along_axis put_along_axis
    zeros ones full arange asarray zeros_like ones_like full_like astype
    """.split()
)

_NUMPY_TYPES = (np.ndarray, np.generic, bool, int, float, complex)


@cache
def jax_backend() -> ModuleType:
    """Import the JAX backend, or say how to get it."""
    try:
        return import_module("chainrule.backend.jax")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("chainrule's JAX backend needs JAX: pip install 'chainrule[jax]'") from error


def _is_jax(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in ("jax", "jaxlib")


@cache
def _array_library(kind: type) -> ModuleType | None:
    """The backend that owns arrays of this type; None for types that bring their own namespace."""
    if issubclass(kind, _NUMPY_TYPES):
        return numpy_backend
    if _is_jax(kind):
        return jax_backend()
    if hasattr(kind, "__array_namespace__"):
        return None
    raise TypeError(f"chainrule works on NumPy arrays, JAX arrays and Tensors, but got {kind.__name__}")


def namespace(*values: Array) -> Any:
    """Return the array functions that fit all `values`.

    Parameters
    ----------
    *values : Array
        NumPy arrays, JAX arrays or tracers, Tensors, and Python scalars, in any mixture.

    Returns
    -------
    module
        `chainrule.ops` if any value is a Tensor, else `chainrule.backend.jax` if any belongs to JAX,
        else `chainrule.backend.numpy`. Each holds every name of `VOCABULARY`.
    """
    found: Any = numpy_backend
    for value in values:
        library = _array_library(type(value))  # type: ignore[arg-type]  # mypy holds that classes have no hash
        if library is None:
            return value.__array_namespace__()
        if library is not numpy_backend:
            found = library
    return found


def is_array(value: object) -> bool:
    """Whether `value` is a NumPy array or scalar, or a JAX array or tracer."""
    return isinstance(value, (np.ndarray, np.generic)) or _is_jax(type(value))


def to_backend(array: Array, backend: str) -> Array:
    """Move a plain array to a backend.

    Parameters
    ----------
    array : Array
        A NumPy or JAX array of any shape.
    backend : {"numpy", "jax"}
        Where it shall live.

    Returns
    -------
    Array
        The same numbers there. Memory is never shared: JAX would otherwise alias a NumPy buffer that
        an optimiser is about to change.
    """
    libraries: dict[str, Callable[[], Any]] = {"numpy": lambda: numpy_backend, "jax": jax_backend}
    if backend not in libraries:
        raise ValueError(f"to_backend expected 'numpy' or 'jax', but got {backend!r}")
    return libraries[backend]().from_any(array)
