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
    run = _kernels(problem, x, weight, bias)
    return run.conv(*_readable(run, x), *_dense(run, weight, bias), *problem[2:])


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    problem = Problem(input_shape, weight.shape, stride, padding, dilation, groups)
    run = _kernels(problem, grad, weight)
    return run.conv_input_gradient(*_readable(run, grad), *_dense(run, weight), input_shape, *problem[2:])


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    problem = Problem(x.shape, weight_shape, stride, padding, dilation, groups)
    run = _kernels(problem, grad, x)
    return run.conv_weight_gradient(*_readable(run, grad, x), weight_shape, *problem[2:])


def _kernels(problem: Problem, *arrays: np.ndarray | None) -> ModuleType:
    """The module that has the three kernels; the reference for other types, for one or three axes, and for nothing."""
    is_image = len(problem.stride) == 2 and 0 not in (*problem.input_shape, *problem.weight_shape)
    if not (is_image and all_float32(*arrays)):
        return reference
    return _module(ALGORITHMS[choose(problem).name].module)


@functools.cache
def _module(name: str) -> ModuleType:
    """Imported when first needed, and Numba with it."""
    return importlib.import_module(f"chainrule.kernels.{name}")


def _readable(run: ModuleType, *images: np.ndarray) -> list[np.ndarray]:
    """Images (N, C, H, W) whose channels lie side by side, at whole numbers of elements; a copy if they do not."""
    if run is reference:
        return list(images)
    return [x if _has_channels_last(x) else _copied(x) for x in images]


def _has_channels_last(x: np.ndarray) -> bool:
    return x.flags.aligned and (x.strides[1] == 4 or x.shape[1] == 1) and not any(stride % 4 for stride in x.strides)


def _copied(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


def _dense(run: ModuleType, *arrays: np.ndarray | None) -> list[np.ndarray | None]:
    """Filters and bias in C order."""
    if run is reference:
        return list(arrays)
    return [None if array is None else np.require(array, requirements=["C", "A"]) for array in arrays]
