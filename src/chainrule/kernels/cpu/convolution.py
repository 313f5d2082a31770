"""Convolution of NumPy arrays: the algorithm that suits float32 images, the reference for the rest.

Sequences are images of height 1.
"""

import functools
import importlib
from types import ModuleType

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32
from chainrule.kernels.cpu.convolution_choice import ALGORITHMS, Algorithm, Problem, choose
from chainrule.kernels.preference import allowed
from chainrule.kernels.reference import convolution as reference
from chainrule.kernels.reference.windows import Pairs, Sizes


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    problem = Problem(x.shape, weight.shape, stride, padding, dilation, groups)
    if len(stride) == 1:
        return conv(_as_images(x), _as_images(weight), bias, *problem.of_images()[2:])[:, :, 0]
    algorithm = _algorithm(problem, x, weight, bias)
    if algorithm is None:
        return reference.conv(x, weight, bias, *problem[2:])
    images = _readable(x, algorithm.reads_rows)
    return _module(algorithm.module).conv(images, _dense(weight), None if bias is None else _dense(bias), *problem[2:])


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    problem = Problem(input_shape, weight.shape, stride, padding, dilation, groups)
    if len(stride) == 1:
        plane = problem.of_images()
        return conv_input_gradient(_as_images(grad), _as_images(weight), plane.input_shape, *plane[2:])[:, :, 0]
    algorithm = _algorithm(problem, grad, weight)
    if algorithm is None:
        return reference.conv_input_gradient(grad, weight, input_shape, *problem[2:])
    return _module(algorithm.module).conv_input_gradient(_readable(grad), _dense(weight), input_shape, *problem[2:])


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    problem = Problem(x.shape, weight_shape, stride, padding, dilation, groups)
    if len(stride) == 1:
        plane = problem.of_images()
        return conv_weight_gradient(_as_images(grad), _as_images(x), plane.weight_shape, *plane[2:])[:, :, 0]
    algorithm = _algorithm(problem, grad, x)
    if algorithm is None:
        return reference.conv_weight_gradient(grad, x, weight_shape, *problem[2:])
    images = _readable(x, algorithm.reads_rows)
    return _module(algorithm.module).conv_weight_gradient(_readable(grad), images, weight_shape, *problem[2:])


def conv_bias_gradient(grad: np.ndarray) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_bias_gradient`."""
    if not all_float32(grad) or not grad.size:
        return reference.conv_bias_gradient(grad)
    return _module("cpu.channels").channel_sums(grad)


def _algorithm(problem: Problem, *arrays: np.ndarray | None) -> Algorithm | None:
    """The algorithm for float32 images; None for other types, for volumes, and for nothing."""
    is_image = len(problem.stride) == 2 and 0 not in (*problem.input_shape, *problem.weight_shape)
    return ALGORITHMS[choose(problem, allowed()).name] if is_image and all_float32(*arrays) else None


@functools.cache
def _module(name: str) -> ModuleType:
    """Imported when first needed, and Numba with it."""
    return importlib.import_module(f"chainrule.kernels.{name}")


def _readable(x: np.ndarray, by_rows: bool = False) -> np.ndarray:
    """Images whose channels lie side by side, or columns if those will do, at whole numbers of elements."""
    is_dense = x.strides[1] == 4 or x.shape[1] == 1 or (by_rows and x.strides[3] == 4)
    if is_dense and x.flags.aligned and not any(stride % 4 for stride in x.strides):
        return x
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


def _as_images(x: np.ndarray) -> np.ndarray:
    return x[:, :, None]


def _dense(x: np.ndarray) -> np.ndarray:
    return np.require(x, requirements=["C", "A"])
