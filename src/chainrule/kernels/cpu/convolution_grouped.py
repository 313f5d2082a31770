"""Convolution in groups (A. Krizhevsky, 2012): one convolution for each group, by the algorithm that suits it."""

import numpy as np

from chainrule.kernels.cpu import convolution
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, window_count


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    counts = window_count(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    y = channels_first(lined(len(x), *counts, len(weight)))
    for seen, filters in zip(_parts(x.shape[1], groups), _parts(len(weight), groups)):
        some = None if bias is None else bias[filters]
        y[:, filters] = convolution.conv(x[:, seen], weight[filters], some, stride, padding, dilation, 1)
    return y


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    images, channels, *sizes = input_shape
    dx = channels_first(lined(images, *sizes, channels))
    for seen, filters in zip(_parts(channels, groups), _parts(len(weight), groups)):
        shape = (images, channels // groups, *sizes)
        part = convolution.conv_input_gradient(grad[:, filters], weight[filters], shape, stride, padding, dilation, 1)
        dx[:, seen] = part
    return dx


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    dw = np.empty(weight_shape, np.float32)
    shape = (weight_shape[0] // groups, *weight_shape[1:])
    for seen, filters in zip(_parts(x.shape[1], groups), _parts(len(dw), groups)):
        part = convolution.conv_weight_gradient(grad[:, filters], x[:, seen], shape, stride, padding, dilation, 1)
        dw[filters] = part
    return dw


def _parts(count: int, groups: int) -> list[slice]:
    width = count // groups
    return [slice(first, first + width) for first in range(0, count, width)]
