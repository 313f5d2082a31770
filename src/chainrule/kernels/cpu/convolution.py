"""Convolution of NumPy arrays: the algorithm that suits float32 images, the reference for the rest."""

import functools
import importlib
from types import ModuleType

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32
from chainrule.kernels.cpu.convolution_choice import ALGORITHMS, Problem, choose
from chainrule.kernels.reference import convolution as reference
from chainrule.kernels.reference.windows import Pairs, Sizes


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    problem = Problem(x.shape, weight.shape, stride, padding, dilation, groups)
    run, images, rest = _prepared(problem, [x], weight, bias)
    return run.conv(*images, *rest, *problem[2:])


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    problem = Problem(input_shape, weight.shape, stride, padding, dilation, groups)
    run, images, rest = _prepared(problem, [grad], weight)
    return run.conv_input_gradient(*images, *rest, input_shape, *problem[2:])


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    problem = Problem(x.shape, weight_shape, stride, padding, dilation, groups)
    run, images, _ = _prepared(problem, [grad, x])
    return run.conv_weight_gradient(*images, weight_shape, *problem[2:])


def _prepared(
    problem: Problem, images: list[np.ndarray], *rest: np.ndarray | None
) -> tuple[ModuleType, list[np.ndarray], list[np.ndarray | None]]:
    """The module that has the three kernels, and arrays as it can read them.

    It is the reference for other types, for one or three axes, and for nothing.
    """
    is_image = len(problem.stride) == 2 and 0 not in (*problem.input_shape, *problem.weight_shape)
    if not (is_image and all_float32(*images, *rest)):
        return reference, images, list(rest)
    algorithm = ALGORITHMS[choose(problem).name]
    read = [x if _is_readable(x, algorithm.reads_rows) else _copied(x) for x in images]
    dense = [None if array is None else np.require(array, requirements=["C", "A"]) for array in rest]
    return _module(algorithm.module), read, dense


@functools.cache
def _module(name: str) -> ModuleType:
    """Imported when first needed, and Numba with it."""
    return importlib.import_module(f"chainrule.kernels.{name}")


def _is_readable(x: np.ndarray, by_rows: bool) -> bool:
    """Whether channels, or columns, lie side by side, and elements at whole numbers of elements."""
    is_dense = x.strides[1] == 4 or x.shape[1] == 1 or (by_rows and x.strides[3] == 4)
    return is_dense and x.flags.aligned and not any(stride % 4 for stride in x.strides)


def _copied(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
