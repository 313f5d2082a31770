"""Gives `Tensor` its operators and methods. Each is an operation under the name PyTorch or NumPy has for it."""

from collections.abc import Callable
from typing import Any

from chainrule.autodiff import Tensor
from chainrule.ops import (
    activations,
    arithmetic,
    constants,
    elementwise,
    indexing,
    linear_algebra,
    reductions,
    scans,
    shape,
    softmax,
)


def _reflected(operation: Callable) -> Callable:
    return lambda self, other: operation(other, self)


def _unpacked(value: tuple) -> tuple:
    """`x.reshape(2, 3)` and `x.reshape((2, 3))` mean the same."""
    return tuple(value[0]) if len(value) == 1 and isinstance(value[0], (tuple, list)) else value


def _reshape(self: Tensor, *lengths: Any) -> Any:
    return shape.reshape(self, shape=_unpacked(lengths))


def _transpose(self: Tensor, *axes: Any) -> Any:
    """All axes reversed by default; two numbers are exchanged, as PyTorch does; a tuple is a permutation."""
    if len(axes) == 2:
        return shape.swapaxes(self, *axes)
    return shape.transpose(self, axes=_unpacked(axes) or None)


def _permute(self: Tensor, *axes: Any) -> Any:
    return shape.transpose(self, axes=_unpacked(axes))


def _to_float(self: Tensor) -> Any:
    return elementwise.astype(self, dtype="float32")


def _expand(self: Tensor, *lengths: Any) -> Any:
    """-1 keeps an axis as it is."""
    lengths = _unpacked(lengths)
    known = (1,) * (len(lengths) - self.ndim) + self.shape
    return shape.broadcast_to(self, shape=tuple(now if n == -1 else n for n, now in zip(lengths, known)))


def _gather(self: Tensor, axis: int, indices: Any) -> Any:
    return indexing.take_along_axis(self, indices, axis)


def _repeat(self: Tensor, *repeats: Any) -> Any:
    return shape.tile(self, _unpacked(repeats))


def _named(module: Any, names: str) -> dict[str, Callable]:
    return {name: getattr(module, name) for name in names.split()}


_OPERATORS: dict[str, Callable] = {
    "add": arithmetic.add,
    "sub": arithmetic.subtract,
    "mul": arithmetic.multiply,
    "truediv": arithmetic.divide,
    "pow": arithmetic.power,
    "matmul": linear_algebra.matmul,
    "and": arithmetic.logical_and,
    "or": arithmetic.logical_or,
}
_COMPARISONS: dict[str, Callable] = {
    "eq": arithmetic.equal,
    "ne": arithmetic.not_equal,
    "lt": arithmetic.less,
    "le": arithmetic.less_equal,
    "gt": arithmetic.greater,
    "ge": arithmetic.greater_equal,
}
_METHODS: dict[str, Callable] = {
    **_named(elementwise, "abs exp expm1 log log1p sqrt square tanh sin cos tan sinh cosh erf clip astype"),
    **_named(reductions, "sum mean max min prod var std norm"),
    **_named(scans, "cumsum cumprod cummax cummin logcumsumexp"),
    **_named(shape, "swapaxes squeeze flatten flip roll split broadcast_to tril triu tile repeat_interleave"),
    **_named(constants, "argmax argmin any all round floor ceil sign isnan isfinite"),
    **_named(activations, "relu sigmoid"),
    **_named(softmax, "softmax log_softmax logsumexp"),
    **_named(indexing, "masked_fill"),
    "reshape": _reshape,
    "view": _reshape,
    "transpose": _transpose,
    "permute": _permute,
    "unsqueeze": shape.expand_dims,
    "unbind": shape.unstack,
    "float": _to_float,
    "clamp": elementwise.clip,
    "pow": arithmetic.power,
    "gather": _gather,
    "repeat": _repeat,
    "expand": _expand,
    "matmul": linear_algebra.matmul,
    "__getitem__": indexing.take,
    "__neg__": arithmetic.negative,
    "__abs__": elementwise.abs,
    "__invert__": arithmetic.logical_not,
}


def _method(operation: Callable) -> Callable:
    """A plain function, so that it binds as a method whatever the operation is made of."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        return operation(self, *args, **kwargs)

    method.__name__, method.__doc__ = operation.__name__, operation.__doc__
    return method


def install() -> None:
    """Put operators and methods on `Tensor`."""
    for name, operation in _OPERATORS.items():
        setattr(Tensor, f"__{name}__", operation)
        setattr(Tensor, f"__r{name}__", _reflected(operation))
    for name, operation in _COMPARISONS.items():
        setattr(Tensor, f"__{name}__", _method(operation))
    Tensor.__hash__ = object.__hash__  # type: ignore[method-assign]
    for name, operation in _METHODS.items():
        setattr(Tensor, name, operation if name.startswith("__") else _method(operation))
    Tensor.T = property(lambda self: shape.transpose(self))  # type: ignore[attr-defined]
    Tensor.mT = property(lambda self: shape.swapaxes(self, -1, -2))  # type: ignore[attr-defined]
