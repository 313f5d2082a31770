"""Convolution and its gradients by Winograd's algorithm: F(4x4, 3x3) and F(2x2, 5x5), stride 1.

A thread takes a block of tiles through all steps while it stays in its cache: transform them, multiply each of the 36
points by the transformed filters, transform back. The input gradient is the same with turned filters. The gradient of
filters is ``G^T [(A g A^T) * (B^T d B)] G`` summed over tiles: here the sums over tiles are matrix products, shared out
by points, so that they do not depend on the number of threads.
"""

from typing import NamedTuple

import numpy as np

from chainrule.kernels.cpu import convolution_tiles as tiles
from chainrule.kernels.cpu.compiler import Kernel, inlined, kernel
from chainrule.kernels.cpu.convolution_tiles import SIDE, TILE, find_pixels, image_to_tile
from chainrule.kernels.cpu.gemm import PANEL, ROWS
from chainrule.kernels.cpu.pool import run_slices, thread_count
from chainrule.kernels.cpu.products import LINE, READ_ROW, even_height, line_in, multiplying, packed
from chainrule.kernels.cpu.simd import LANES, address, call
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last, window_count

_IMAGES = "Array(float32, 4, 'A', True)"  # (N, H, W, C); channels side by side, the rest at any strides
_RESULTS = "float32[:, :, :, ::1]"
_SCRATCH = "float32[::1]"
_BLOCK_NUMBERS = 1 << 17  # of a block of tiles, before and after the product: they stay in a second-level cache
_CHUNK_NUMBERS = 3 << 20  # of a chunk of tiles that threads share: they stay in a third-level cache
_LINE = LINE // 4


class _Kernels(NamedTuple):
    """Compiled for filters of one size."""

    convolve: Kernel
    filters: Kernel
    turned_filters: Kernel
    gradients: Kernel
    to_filters: Kernel


@inlined
def tile_of(number, images, results):
    """Which image, and which row and column of results a tile begins with."""
    across, down = -(-images.shape[2] // results), -(-images.shape[1] // results)
    image, place = number // (across * down), number % (across * down)
    return image, place // across * results, place % across * results


@inlined
def image_place(images, n):
    return address(images) + n * images.strides[0]


def _kernels(taps: int) -> _Kernels:
    results, count = tiles.results_of(taps), taps * taps
    tile_to_image, gradient_to_tile = tiles.tile_to_image(taps), tiles.gradient_to_tile(taps)
    filters_to_tile, turned_filter_to_tile = tiles.filters_to_tile(taps), tiles.turned_filter_to_tile(taps)
    tile_to_filter = tiles.tile_to_filter(taps)

    @kernel(
        f"void({_IMAGES}, {READ_ROW}, {READ_ROW}, {_RESULTS}, {READ_ROW}, {_SCRATCH}, {_SCRATCH}, {_SCRATCH},"
        f"int64[::1], {', '.join(['int64'] * 7)})",
        name=f"convolve_{taps}",
    )
    def convolve(x, u, bias, y, zeros, nowhere, v, m, places, top, left, multiplying, height, block, first, stop):
        """Tiles first..stop."""
        channels, wide = x.shape[3], y.shape[3]
        v_step, m_step, panels = block * channels + _LINE, block * wide + _LINE, -(-wide // PANEL) * PANEL
        v_at, m_at, u_at, pixels = line_in(address(v)), line_in(address(m)), line_in(address(u)), address(places)
        for begin in range(first, stop, block):
            count = min(block, stop - begin)
            for t in range(count):
                n, i, j = tile_of(begin + t, y, results)
                inside = x.shape[1], x.shape[2], x.strides[1], x.strides[2], address(zeros)
                find_pixels(places, SIDE, image_place(x, n), i - top, j - left, *inside)
                image_to_tile(pixels, 0, channels, v_at + 4 * t * channels, v_step)
            for e in range(TILE):
                left_side = v_at + 4 * e * v_step, channels, 1, u_at + 4 * e * channels * panels, channels
                rows = 0, count, height, height, wide
                call(multiplying, (*left_side, m_at + 4 * e * m_step, wide, address(zeros), 0, *rows))
            for t in range(count):
                n, i, j = tile_of(begin + t, y, results)
                inside = y.shape[1], y.shape[2], y.strides[1], y.strides[2], address(nowhere)
                find_pixels(places, results, image_place(y, n), i, j, *inside)
                tile_to_image(m_at + 4 * t * wide, m_step, pixels, 0, wide, address(bias))

    @kernel(f"void({READ_ROW}, {_SCRATCH}, int64, int64, int64, int64)", name=f"filters_{taps}")
    def transform_filters(panels, u, channels, wide, first, stop):
        """Panels first..stop of F filters."""
        for p in range(first, stop):
            source = line_in(address(panels)) + 4 * p * channels * count * PANEL
            target = line_in(address(u)) + 4 * p * channels * PANEL
            filters_to_tile(source, target, channels * wide, channels)

    @kernel(f"void(Array(float32, 3, 'C', True), {_SCRATCH}, int64, int64)", name=f"turned_filters_{taps}")
    def transform_turned(weight, u, first, stop):
        """Panels first..stop of the C channels of weight (F, C, taps)."""
        filters, channels, _ = weight.shape
        step = filters * -(-channels // PANEL) * PANEL
        for c in range(first * PANEL, min(stop * PANEL, channels), LANES):
            for f in range(filters):
                source = address(weight) + 4 * (f * channels + c) * count
                place = (c // PANEL * filters + f) * PANEL + c % PANEL
                turned_filter_to_tile(source, line_in(address(u)) + 4 * place, step)

    @kernel(
        f"void({_IMAGES}, {_IMAGES}, {READ_ROW}, {_SCRATCH}, {_SCRATCH}, int64[::1], {', '.join(['int64'] * 6)})",
        name=f"gradients_{taps}",
    )
    def transform_gradients(x, grad, zeros, v, z, places, top, left, chunk, count, first, stop):
        """Tiles first..stop of `count` from `chunk` on: of images in panels, of gradients in rows."""
        channels, wide, pixels = x.shape[3], grad.shape[3], address(places)
        v_step, z_step = count * -(-channels // PANEL) * PANEL + _LINE, count * wide + _LINE
        for t in range(first, stop):
            n, i, j = tile_of(chunk + t, grad, results)
            inside = x.shape[1], x.shape[2], x.strides[1], x.strides[2], address(zeros)
            find_pixels(places, SIDE, image_place(x, n), i - top, j - left, *inside)
            for c in range(0, channels, PANEL):
                target = line_in(address(v)) + 4 * (c * count + t * PANEL)
                image_to_tile(pixels, c, min(PANEL, channels - c), target, v_step)
            inside = grad.shape[1], grad.shape[2], grad.strides[1], grad.strides[2], address(zeros)
            find_pixels(places, results, image_place(grad, n), i, j, *inside)
            gradient_to_tile(pixels, wide, line_in(address(z)) + 4 * t * wide, z_step)

    @kernel(f"void({READ_ROW}, float32[:, :, ::1], int64, int64, int64)", name=f"to_filters_{taps}")
    def transform_back(u, dw, step, first, stop):
        """Filters first..stop."""
        _, channels, _ = dw.shape
        for f in range(first, stop):
            for c in range(0, channels, LANES):
                source = line_in(address(u)) + 4 * (f * channels + c)
                tile_to_filter(source, step, address(dw) + 4 * (f * channels + c) * count)

    return _Kernels(convolve, transform_filters, transform_turned, transform_gradients, transform_back)


_THREE, _FIVE = _kernels(3), _kernels(5)
_BY_TAPS = {3: _THREE, 5: _FIVE}


@kernel(f"void({READ_ROW}, {READ_ROW}, {READ_ROW}, {_SCRATCH}, {', '.join(['int64'] * 8)})")
def multiply_points(z, v, zeros, u, wide, channels, count, step, multiplying, is_first, first, stop):
    """Points first..stop of U (TILE, F, C) = or += Z^T (F, count) V (count, C)."""
    v_step, z_step = count * -(-channels // PANEL) * PANEL + _LINE, count * wide + _LINE
    height = -(-wide // -(-wide // ROWS))
    for e in range(first, stop):
        into = line_in(address(u)) + 4 * e * step
        begin, begin_row = (address(zeros), 0) if is_first else (into, channels)
        left = line_in(address(z)) + 4 * e * z_step, 1, wide, line_in(address(v)) + 4 * e * v_step, count
        call(multiplying, (*left, into, channels, begin, begin_row, 0, wide, height, height, channels))


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    filters, channels, taps, _ = weight.shape
    panels = packed(weight.reshape(filters, -1).T)
    u = _points(channels, filters)
    count = -(-filters // PANEL)
    transform = _BY_TAPS[taps].filters
    run_slices(lambda i, j: transform(panels, u, channels, count * PANEL, i, j), count)
    sizes = window_count(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    return _convolved(channels_last(x), u, bias, taps, filters, sizes, padding)


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    filters, channels, taps, _ = weight.shape
    whole = _whole_registers(weight.reshape(filters, channels, -1))
    u = _points(filters, channels)
    transform = _BY_TAPS[taps].turned_filters
    run_slices(lambda i, j: transform(whole, u, i, j), -(-channels // PANEL))
    around = tuple((taps - 1 - before, taps - 1 - after) for before, after in padding)
    return _convolved(channels_last(grad), u, None, taps, channels, input_shape[2:], around)


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    filters, channels, taps, _ = weight_shape
    images, grads = channels_last(x), channels_last(grad)
    wide, total = -(-channels // LANES) * LANES, _tile_count(grads.shape, taps)
    chunk = min(total, max(1, _CHUNK_NUMBERS // (TILE * (channels + filters))))
    v, z = _points(chunk, channels), _points(chunk, filters)
    zeros, step = np.zeros(max(channels, filters, wide), np.float32), filters * wide + _LINE
    u, run = np.empty(TILE * step + _LINE, np.float32), _BY_TAPS[taps]
    (top, _), (left, _) = padding
    for begin in range(0, total, chunk):
        count = min(chunk, total - begin)

        def transform(i: int, j: int, begin: int = begin, count: int = count) -> None:
            places = np.empty(TILE, np.int64)
            run.gradients(images, grads, zeros, v, z, places, top, left, begin, count, i, j)

        def multiply(i: int, j: int, begin: int = begin, count: int = count) -> None:
            multiply_points(z, v, zeros, u, filters, wide, count, step, multiplying(), begin == 0, i, j)

        run_slices(transform, count)
        run_slices(multiply, TILE)
    dw = np.empty((filters, wide, taps * taps), np.float32)
    run_slices(lambda i, j: run.to_filters(u, dw, step, i, j), filters)
    return np.ascontiguousarray(dw[:, :channels]).reshape(weight_shape)


def _convolved(
    x: np.ndarray, u: np.ndarray, bias: np.ndarray | None, taps: int, wide: int, sizes: Sizes, padding: Pairs
) -> np.ndarray:
    """(N, C', *sizes), of images (N, *S, C) and transformed filters."""
    y = np.empty((x.shape[0], *sizes, wide), np.float32)
    channels, total = x.shape[3], _tile_count(y.shape, taps)
    block = _even_block(total, max(1, _BLOCK_NUMBERS // (TILE * (channels + wide))))
    zeros, start = np.zeros(max(channels, wide), np.float32), bias
    if start is None:
        start = zeros[:wide]
    (top, _), (left, _) = padding
    height = even_height(block, 1)

    def some(first: int, stop: int) -> None:
        scratch = np.empty(wide, np.float32), _points(block, channels), _points(block, wide), np.empty(TILE, np.int64)
        rest = top, left, multiplying(), height, block, first, stop
        _BY_TAPS[taps].convolve(x, u, np.ascontiguousarray(start), y, zeros, *scratch, *rest)

    run_slices(some, total)
    return channels_first(y)


def _even_block(total: int, most: int) -> int:
    """Tiles of a block: whole tiles of the matrix product, and as many blocks for each thread."""
    share = -(-total // thread_count())
    size = -(-share // -(-share // most))
    return min(share, -(-size // ROWS) * ROWS)


def _points(rows: int, columns: int) -> np.ndarray:
    """Memory for TILE matrices; zeros where panels are not filled, for old bits may be slow numbers."""
    count = TILE * (rows * -(-columns // PANEL) * PANEL + _LINE) + _LINE
    return np.zeros(count, np.float32) if columns % PANEL else np.empty(count, np.float32)


def _tile_count(images: Sizes, taps: int) -> int:
    results = tiles.results_of(taps)
    return images[0] * -(-images[1] // results) * -(-images[2] // results)


def _whole_registers(weight: np.ndarray) -> np.ndarray:
    """Weight (F, C, taps), with channels of zeros so that they fill registers."""
    missing = -weight.shape[1] % LANES
    return np.pad(weight, ((0, 0), (0, missing), (0, 0))) if missing else np.ascontiguousarray(weight)
