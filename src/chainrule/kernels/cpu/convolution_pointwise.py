"""Convolution by single weights (M. Lin et al., Network in network, 2013): a matrix product of pixels and channels."""

import numpy as np

from chainrule.kernels.cpu.products import product
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    return _images(product(_pixels(x), _matrix(weight).T, bias), x)


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    return _images(product(_pixels(grad), _matrix(weight)), grad)


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    return product(_pixels(grad).T, _pixels(x)).reshape(weight_shape)


def _pixels(images: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) as (N H W, C)."""
    return channels_last(images).reshape(-1, images.shape[1])


def _matrix(weight: np.ndarray) -> np.ndarray:
    return weight.reshape(weight.shape[:2])


def _images(pixels: np.ndarray, like: np.ndarray) -> np.ndarray:
    n, _, height, width = like.shape
    return channels_first(pixels.reshape(n, height, width, -1))
