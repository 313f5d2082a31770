"""Moving a module's arrays to another backend or precision."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.backend import Array, is_array, namespace, to_backend


def converter(target: Any) -> Callable[[Array], Array]:
    """A function that brings arrays to a backend, or those of floating point to a dtype."""
    if target in ("numpy", "jax"):
        return lambda array: to_backend(array, target)
    try:
        dtype = np.dtype(target)
    except TypeError:
        dtype = np.dtype(object)
    if not _is_floating(dtype):
        raise ValueError(f"Module.to expected 'numpy', 'jax' or a floating-point dtype, but got {target!r}")
    return lambda array: namespace(array).astype(array, dtype) if _is_floating(array.dtype) else array


def _is_floating(dtype: Any) -> bool:
    return dtype.kind == "f" or dtype.name == "bfloat16"


def replace_value(tensor: Tensor, convert: Callable[[Array], Array]) -> None:
    """Put what `convert` makes of a leaf's numbers in their place, its gradient's likewise."""
    requires_grad = tensor.requires_grad
    tensor.requires_grad_(False)
    tensor.value = convert(tensor.constant())
    tensor.requires_grad_(requires_grad)  # as a new leaf, since leaves know their dtype
    if tensor.grad is not None:
        tensor.grad = Tensor(convert(tensor.grad.constant()))


def copied(value: Any, like: Array) -> Array:
    """A fresh array with the numbers of a Tensor, an array or another library's tensor, for the backend of `like`."""
    value = value.constant() if isinstance(value, Tensor) else value
    return namespace(like).from_any(value if is_array(value) else np.asarray(value))
