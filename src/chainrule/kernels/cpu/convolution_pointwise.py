"""Convolution by single weights (M. Lin et al., Network in network, 2013): a matrix product of pixels and channels.

With a stride, the pixels that filters see are put side by side first, and their gradients put back among zeros.
"""

from functools import partial

import numpy as np

from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.convolution_direct import copy_pixel
from chainrule.kernels.cpu.gemm import DEPTH
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.products import batch_product, product
from chainrule.kernels.cpu.simd import LANES, Address, Code, Integer, address, fence, vector_function, worth_streaming
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last

_FEW_WEIGHTS = 1 << 13  # their gradient is too small a matrix to share out: the sum over pixels is
_PARTS = 16  # of that sum; as many for any number of threads
_LEAST_COPY = 1 << 16  # elements that one thread copies sooner than two

_IMAGES = "Array(float32, 4, 'A', True)"  # (N, H, W, C) at any strides, but with channels side by side


@kernel(f"void({_IMAGES}, float32[:, :, :, ::1], int64, int64)")
def gather_lines(x, seen, start, stop):
    """Lines of images, counted through all, put side by side."""
    _, height, width, channels = seen.shape
    for line in range(start, stop):
        n, i = line // height, line % height
        source = address(x) + n * x.strides[0] + i * x.strides[1]
        for j in range(width):
            target = address(seen) + 4 * (line * width + j) * channels
            copy_pixel(source + j * x.strides[2], target, channels)


@vector_function
def write_pixel(
    code: Code, source: Address, step: Integer, target: Address, channels: Integer, streams: Integer
) -> None:
    """Copy some channels, or the first numbers of `source` again and again where `step` is 0."""

    def write(c: Integer) -> None:
        numbers, place = (source + c * step).load(), target + c
        if code.rest is None:
            code.either(streams, lambda: place.stream(numbers), lambda: place.store(numbers))
        else:
            place.store(numbers)

    code.each(channels, write)


@kernel("void(Array(float32, 4, 'C', True), float32[::1], float32[:, :, :, ::1], int64, int64, int64, int64, int64)")
def spread_lines(seen, zeros, dx, down, right, streams, start, stop):
    """Lines of images, counted through all: one pixel every `down` lines and `right` columns, the others zero."""
    _, height, width, channels = dx.shape
    for line in range(start, stop):
        n, i = line // height, line % height
        target = address(dx) + 4 * line * width * channels
        if i % down:
            write_pixel(address(zeros), 0, target, width * channels, streams)
            continue
        for j in range(seen.shape[2]):
            source = address(seen) + 4 * ((n * seen.shape[1] + i // down) * seen.shape[2] + j) * channels
            pixel = target + 4 * j * right * channels
            write_pixel(source, 1, pixel, channels, streams)
            between = min(right, width - j * right) - 1
            write_pixel(address(zeros), 0, pixel + 4 * channels, between * channels, streams)
    if streams:
        fence()


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    seen = _seen(x, stride)
    return channels_first(_times(seen, weight.reshape(weight.shape[:2]).T, bias))


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    dx = _times(channels_last(grad), weight.reshape(weight.shape[:2]), None)
    if stride != (1, 1):
        seen, dx = dx, lined(input_shape[0], *input_shape[2:], input_shape[1])
        zeros = np.zeros(LANES, np.float32)
        run_slices(partial(spread_lines, seen, zeros, dx, *stride, worth_streaming(dx)), *_lines(dx))
    return channels_first(dx)


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    grads, images = _pixels(channels_last(grad)), _pixels(_seen(x, stride))
    if weight_shape[0] * weight_shape[1] > _FEW_WEIGHTS or len(images) < _PARTS * DEPTH:
        return product(grads.T, images).reshape(weight_shape)
    if images.shape[1] < LANES <= grads.shape[1]:  # what is multiplied by is read in whole registers
        return np.ascontiguousarray(_summed_products(images, grads).T).reshape(weight_shape)
    return _summed_products(grads, images).reshape(weight_shape)


def _summed_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A^T B of matrices with many rows, in parts of these."""
    whole = len(a) // _PARTS * _PARTS
    parts = [pixels[:whole].reshape(1, _PARTS, -1, pixels.shape[1]) for pixels in (a, b)]
    sums = batch_product(parts[0].swapaxes(2, 3), parts[1]).sum(axis=1)[0]
    return sums + product(a[whole:].T, b[whole:]) if whole < len(a) else sums


def _seen(x: np.ndarray, stride: Sizes) -> np.ndarray:
    """The pixels (N, OH, OW, C) that filters see of images (N, C, H, W), side by side."""
    pixels = channels_last(x)[:, :: stride[0], :: stride[1]]
    if stride == (1, 1):
        return pixels
    seen = lined(*pixels.shape)
    run_slices(partial(gather_lines, pixels, seen), *_lines(seen))
    return seen


def _times(images: np.ndarray, matrix: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """Images (N, H, W, C') of images (N, H, W, C) and a matrix (C, C')."""
    y = lined(*images.shape[:3], matrix.shape[1])
    product(_pixels(images), matrix, bias, _pixels(y))
    return y


def _pixels(images: np.ndarray) -> np.ndarray:
    """Images (N, H, W, C) as (N H W, C)."""
    return images.reshape(-1, images.shape[3])


def _lines(images: np.ndarray) -> tuple[int, int]:
    """How many lines there are, and how many of them are a thread's least share."""
    return images.shape[0] * images.shape[1], max(1, _LEAST_COPY // (images.shape[2] * images.shape[3]))
