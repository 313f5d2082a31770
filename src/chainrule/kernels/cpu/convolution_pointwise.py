"""Convolution by single weights (M. Lin et al., Network in network, 2013): a matrix product of pixels and channels."""

import numpy as np

from chainrule.kernels.cpu.gemm import DEPTH
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.cpu.products import batch_product, product
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last

_FEW_WEIGHTS = 1 << 13  # their gradient is too small a matrix to share out: the sum over pixels is
_PARTS = 16  # of that sum; as many for any number of threads


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    return _images(_pixels(x), _matrix(weight).T, bias, x)


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    return _images(_pixels(grad), _matrix(weight), None, grad)


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    grads, images = _pixels(grad), _pixels(x)
    if weight_shape[0] * weight_shape[1] > _FEW_WEIGHTS or len(images) < _PARTS * DEPTH:
        return product(grads.T, images).reshape(weight_shape)
    whole = len(images) // _PARTS * _PARTS
    parts = [pixels[:whole].reshape(1, _PARTS, -1, pixels.shape[1]) for pixels in (grads, images)]
    dw = batch_product(parts[0].swapaxes(2, 3), parts[1]).sum(axis=1)[0]
    if whole < len(images):
        dw += product(grads[whole:].T, images[whole:])
    return dw.reshape(weight_shape)


def _pixels(images: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) as (N H W, C)."""
    return channels_last(images).reshape(-1, images.shape[1])


def _matrix(weight: np.ndarray) -> np.ndarray:
    return weight.reshape(weight.shape[:2])


def _images(pixels: np.ndarray, matrix: np.ndarray, bias: np.ndarray | None, like: np.ndarray) -> np.ndarray:
    """The product, as images of the size that others have."""
    n, _, height, width = like.shape
    y = product(pixels, matrix, bias, lined(len(pixels), matrix.shape[1]))
    return channels_first(y.reshape(n, height, width, -1))
