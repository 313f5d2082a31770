"""Reading elements by index, and adding them back in: each is the other's transpose."""

from typing import Any

import numpy as np

from chainrule.autodiff import Tensor, differentiable
from chainrule.backend import Array, namespace
from chainrule.ops.arithmetic import where


@differentiable
def _take(x, *, index):
    shape, places = x.shape, _arrays(index)
    return namespace(x, *places).take(x, index), (lambda grad: namespace(grad, *places).put(grad, index, shape),)


@differentiable
def _put(x, *, index, shape):
    places = _arrays(index)
    return namespace(x, *places).put(x, index, shape), (lambda grad: namespace(grad, *places).take(grad, index),)


def _arrays(index: Any) -> list[Array]:
    """The arrays in an index: under JAX's compiler it may be traced where the values are not."""
    parts = index if isinstance(index, tuple) else (index,)
    return [part for part in parts if hasattr(part, "shape")]


def _plain(index: Any) -> Any:
    """An index without Tensors in it; truth values and integers only."""
    if isinstance(index, tuple):
        return tuple(_plain(part) for part in index)
    if isinstance(index, Tensor):
        index = index.constant()
    if isinstance(index, list):
        index = np.asarray(index, dtype=None if index else np.int64)
    if hasattr(index, "dtype") and index.dtype.kind not in "iub":
        raise IndexError(f"an index must be of integers or truth values, but got {index.dtype}: .astype('int64')")
    return index


def take(x: Array, index: Any) -> Array:
    """Read elements: ``x[index]`` with NumPy's rules for slices, integers, arrays of integers and masks.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    index : index expression
        What would stand in the brackets.

    Returns
    -------
    Tensor or Array
        The elements. Where one is read twice, its gradient adds up.

    Raises
    ------
    IndexError
        If the index is out of bounds or no index.
    """
    return _take(x, index=_plain(index))


def put(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    """Add `x` into zeros of `shape` at `index`; where places repeat, they add up.

    Parameters
    ----------
    x : Tensor or Array
        Of the shape that ``zeros(shape)[index]`` has.
    index : index expression
        As for `take`.
    shape : tuple of int
        The shape of the result.

    Returns
    -------
    Tensor or Array
        The transpose of `take`.
    """
    return _put(x, index=_plain(index), shape=tuple(shape))


@differentiable
def _take_along_axis(x, *, indices, axis):
    shape = x.shape
    return namespace(x, indices).take_along_axis(x, indices, axis), (
        lambda grad: namespace(grad, indices).put_along_axis(grad, indices, axis, shape),
    )


@differentiable
def _put_along_axis(x, *, indices, axis, shape):
    return namespace(x, indices).put_along_axis(x, indices, axis, shape), (
        lambda grad: namespace(grad, indices).take_along_axis(grad, indices, axis),
    )


def take_along_axis(x: Array, indices: Array, axis: int) -> Array:
    """Read one element for each entry of `indices` along an axis, as NumPy's function (PyTorch's `gather`).

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    indices : Tensor or Array of int
        As many axes as `x`, equal lengths but for `axis`.
    axis : int
        Along which axis.

    Returns
    -------
    Tensor or Array
        The shape of `indices`.
    """
    return _take_along_axis(x, indices=_plain(indices), axis=axis % len(x.shape))


def put_along_axis(x: Array, indices: Array, axis: int, shape: tuple[int, ...]) -> Array:
    """Add `x` into zeros of `shape`, an element for each entry of `indices` along an axis.

    Parameters
    ----------
    x : Tensor or Array
        The shape of `indices`.
    indices : Tensor or Array of int
        As for `take_along_axis`.
    axis : int
        Along which axis.
    shape : tuple of int
        The shape of the result.

    Returns
    -------
    Tensor or Array
        The transpose of `take_along_axis`.
    """
    return _put_along_axis(x, indices=_plain(indices), axis=axis % len(shape), shape=tuple(shape))


def masked_fill(x: Array, mask: Array, value: float) -> Array:
    """Put a number where a mask is true.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    mask : Tensor or Array of bool
        Broadcast against `x`.
    value : float
        What to put there.

    Returns
    -------
    Tensor or Array
        `value` where `mask` is true, else the elements of `x`, which get no gradient from there.
    """
    return where(mask, value, x)
