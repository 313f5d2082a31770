"""Convolution and its gradients by Winograd's algorithm: F(4x4, 3x3) and F(4x4, 5x5), stride 1.

With few weights, a thread takes a block of tiles through all steps while it stays in its cache: transform them,
multiply each of the 36 or 64 points by the transformed filters, transform back. With many, threads share the
transformed tiles and take `PANEL` filters each, transformed where they are used. The input gradient is the same with
filters turned.

The gradient of filters is ``G^T [(A g A^T) * (B^T d B)] G`` summed over tiles: the sums over tiles are matrix products.
With few weights, parts of the batch are summed by themselves, a block of tiles at a time; with many, threads share the
transformed tiles and take some of the points each. Nothing depends on the number of threads.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from chainrule.kernels.cpu import convolution_tiles as tiles
from chainrule.kernels.cpu.compiler import Kernel, inlined, kernel
from chainrule.kernels.cpu.convolution_tiles import RESULTS, find_pixels, prefetch, prefetch_for_writing, side_of
from chainrule.kernels.cpu.gemm import PANEL, ROWS
from chainrule.kernels.cpu.memory import LINE, lined
from chainrule.kernels.cpu.pool import run_slices, shares, thread_count
from chainrule.kernels.cpu.products import READ_ROW, even_height, line_in, multiplying, packed
from chainrule.kernels.cpu.simd import LANES, address, call
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last, window_count

_IMAGES = "Array(float32, 4, 'A', True)"  # (N, H, W, C); channels side by side, the rest at any strides
_RESULTS = "float32[:, :, :, ::1]"
_SCRATCH = "float32[::1]"
_SCRATCHES = "float32[:, ::1]"  # one for each slice
_PLACES = "int64[:, ::1]"
_BLOCK_NUMBERS = 1 << 17  # of a block of tiles, before and after the product: they stay in a second-level cache
_CHUNK_NUMBERS = 3 << 19  # of a chunk of tiles that threads share: they stay in a third-level cache
_MANY_WEIGHTS = 1 << 16  # no longer to be transformed all at once
_FEW_SUMS = 1 << 17  # for a gradient of filters, of which each part of the batch may have its own
_PARTS = 16  # as many for any number of threads
_LINE = LINE // 4
_TABLE = side_of(5) ** 2 + LINE // 4  # addresses of pixels, and two cache lines: threads that share one slow each other


def _integers(count: int) -> str:
    return ", ".join(["int64"] * count)


class _ImageKernels(NamedTuple):
    """What makes results of images, for filters of one size."""

    convolve: Kernel
    to_tiles: Kernel
    to_images: Kernel


@inlined
def tile_of(number, images):
    """Which image, and which row and column of results a tile begins with."""
    across, down = -(-images.shape[2] // RESULTS), -(-images.shape[1] // RESULTS)
    image, place = number // (across * down), number % (across * down)
    return image, place // across * RESULTS, place % across * RESULTS


@inlined
def following(tile, images):
    """The next tile; divisions take as long as a transform."""
    n, i, j = tile
    if j + RESULTS < images.shape[2]:
        return n, i, j + RESULTS
    return (n, i + RESULTS, 0) if i + RESULTS < images.shape[1] else (n + 1, 0, 0)


@inlined
def find_tile(places, side, images, tile, top, left, nowhere):
    """Where the pixels of a tile lie, from so far before its results on."""
    _, height, width, _ = images.shape
    between_images, row_bytes, column_bytes, _ = images.strides
    n, i, j = tile
    image = address(images) + n * between_images
    find_pixels(places, side, image, i - top, j - left, height, width, row_bytes, column_bytes, nowhere)


@inlined
def share_of(part, count, parts):
    """How many of `count` things are done with one of the parts."""
    return (part + 1) * count // parts - part * count // parts


@inlined
def prefetch_tile(images, tile):
    """Ask for the pixels where a tile has its results: the next tile's reach over them."""
    line = address(images) + tile[0] * images.strides[0] + tile[1] * images.strides[1] + tile[2] * images.strides[2]
    for i in range(RESULTS):
        prefetch(line + i * images.strides[1], RESULTS * images.shape[3])


@inlined
def prefetch_results(images, tile):
    """The same, to write there."""
    line = address(images) + tile[0] * images.strides[0] + tile[1] * images.strides[1] + tile[2] * images.strides[2]
    for i in range(RESULTS):
        prefetch_for_writing(line + i * images.strides[1], RESULTS * images.shape[3])


def _image_kernels(taps: int) -> _ImageKernels:
    side, points = side_of(taps), side_of(taps) ** 2
    image_to_tile, tile_to_image = tiles.image_to_tile(taps), tiles.tile_to_image(taps)

    @kernel(
        f"void({_IMAGES}, {READ_ROW}, {READ_ROW}, {_RESULTS}, {READ_ROW}, {_SCRATCHES}, {_SCRATCHES},"
        f"{_SCRATCHES}, {_PLACES}, {_integers(8)})",
        name=f"convolve_{taps}",
    )
    def convolve(
        x, u, bias, y, zeros, wastes, vs, ms, tables, top, left, multiplying, height, block, grain, first, stop
    ):
        """Tiles first..stop, all the way; what the next steps need comes from memory meanwhile."""
        s = first // grain
        nowhere, v, m, places = wastes[s], vs[s], ms[s], tables[s]
        channels, wide = x.shape[3], y.shape[3]
        v_step, m_step = block * channels + _LINE, block * wide + _LINE
        u_step = channels * -(-wide // PANEL) * PANEL + _LINE
        v_at, m_at, u_at, pixels = line_in(address(v)), line_in(address(m)), line_in(address(u)), address(places)
        read = written = tile_of(first, y)
        ahead, into = tile_of(first + block, y), written
        for begin in range(first, stop, block):
            count = min(block, stop - begin)
            for t in range(count):
                find_tile(places, side, x, read, top, left, address(zeros))
                image_to_tile(pixels, 0, channels, v_at + 4 * t * channels, v_step)
                read = following(read, y)
            for e in range(points):
                left_side = v_at + 4 * e * v_step, channels, 1, u_at + 4 * e * u_step, channels
                rows = 0, count, height, height, wide
                call(multiplying, (*left_side, m_at + 4 * e * m_step, wide, address(zeros), 0, *rows))
                for _ in range(share_of(e, count, points)):
                    prefetch_results(y, into)
                    prefetch_tile(x, ahead)
                    into, ahead = following(into, y), following(ahead, y)
            for t in range(count):
                find_tile(places, RESULTS, y, written, 0, 0, address(nowhere))
                tile_to_image(m_at + 4 * t * wide, m_step, pixels, 0, wide, address(bias))
                written = following(written, y)

    @kernel(f"void({_IMAGES}, {_IMAGES}, {READ_ROW}, {_SCRATCH}, {_PLACES}, {_integers(9)})", name=f"to_tiles_{taps}")
    def to_tiles(x, y, zeros, v, tables, top, left, chunk, count, piece, step, grain, first, stop):
        """Tiles first..stop of `count` from `chunk` on, `piece` channels side by side."""
        places = tables[first // grain]
        channels, pixels = x.shape[3], address(places)
        for t in range(first, stop):
            find_tile(places, side, x, tile_of(chunk + t, y), top, left, address(zeros))
            for c in range(0, channels, piece):
                target = line_in(address(v)) + 4 * (c * count + t * piece)
                image_to_tile(pixels, c, min(piece, channels - c), target, step)

    @kernel(
        f"void({_SCRATCH}, {READ_ROW}, {_RESULTS}, {_SCRATCH}, int64[::1], {_integers(4)})", name=f"to_images_{taps}"
    )
    def to_images(m, bias, y, nowhere, places, chunk, count, step, first):
        """Up to PANEL filters, from `first` on, of `count` tiles from `chunk` on."""
        width, pixels = min(PANEL, y.shape[3] - first), address(places)
        for t in range(count):
            find_tile(places, RESULTS, y, tile_of(chunk + t, y), 0, 0, address(nowhere))
            tile_to_image(line_in(address(m)) + 4 * t * PANEL, step, pixels, first, width, address(bias))

    return _ImageKernels(convolve, to_tiles, to_images)


class _GradientKernels(NamedTuple):
    """What is done to gradients of results, for filters of one size."""

    to_tiles: Kernel
    correlate: Kernel


def _gradient_kernels(taps: int) -> _GradientKernels:
    side, points = side_of(taps), side_of(taps) ** 2
    image_to_tile, gradient_to_tile = tiles.image_to_tile(taps), tiles.gradient_to_tile(taps)

    @kernel(f"void({_IMAGES}, {READ_ROW}, {_SCRATCH}, {_PLACES}, {_integers(5)})", name=f"gradients_{taps}")
    def transform_gradients(grad, zeros, z, tables, chunk, step, grain, first, stop):
        """Tiles first..stop from `chunk` on."""
        wide, places = grad.shape[3], tables[first // grain]
        for t in range(first, stop):
            find_tile(places, RESULTS, grad, tile_of(chunk + t, grad), 0, 0, address(zeros))
            gradient_to_tile(address(places), wide, line_in(address(z)) + 4 * t * wide, step)

    @kernel(
        f"void({_IMAGES}, {_IMAGES}, {READ_ROW}, {_SCRATCHES}, {_SCRATCHES}, {_SCRATCHES}, {_PLACES}, {_integers(9)})",
        name=f"correlate_{taps}",
    )
    def correlate(x, grad, zeros, us, vs, zs, tables, top, left, wide, multiplying, block, total, grain, first, stop):
        """Parts first..stop of the tiles, all the way to U (parts, points, F, wide)."""
        s, channels, filters = first // grain, x.shape[3], grad.shape[3]
        places, v_at, z_at = tables[s], line_in(address(vs[s])), line_in(address(zs[s]))
        pixels, height = address(places), -(-filters // -(-filters // ROWS))
        v_step = block * (-(-channels // PANEL) * PANEL) + _LINE
        z_step, u_step = block * filters + _LINE, filters * wide + _LINE
        for part in range(first, stop):
            begin, end, u_at = part * total // len(us), (part + 1) * total // len(us), line_in(address(us[part]))
            read, ahead = tile_of(begin, grad), tile_of(begin + block, grad)
            for at in range(begin, end, block):
                count = min(block, end - at)
                for t in range(count):
                    find_tile(places, side, x, read, top, left, address(zeros))
                    for c in range(0, channels, PANEL):
                        image_to_tile(pixels, c, min(PANEL, channels - c), v_at + 4 * (c * count + t * PANEL), v_step)
                    find_tile(places, RESULTS, grad, read, 0, 0, address(zeros))
                    gradient_to_tile(pixels, filters, z_at + 4 * t * filters, z_step)
                    read = following(read, grad)
                for e in range(points):
                    into = u_at + 4 * e * u_step
                    start, start_row = (address(zeros), 0) if at == begin else (into, wide)
                    left_side = z_at + 4 * e * z_step, 1, filters, v_at + 4 * e * v_step, count
                    call(multiplying, (*left_side, into, wide, start, start_row, 0, filters, height, height, wide))
                    for _ in range(share_of(e, count, points)):
                        prefetch_tile(grad, ahead)
                        prefetch_tile(x, ahead)
                        ahead = following(ahead, grad)

    return _GradientKernels(transform_gradients, correlate)


class _FilterKernels(NamedTuple):
    """What is done to filters of one size."""

    to_tiles: Kernel
    turned_to_tiles: Kernel
    from_tiles: Kernel


def _filter_kernels(taps: int) -> _FilterKernels:
    count, filters_to_tile = taps * taps, tiles.filters_to_tile(taps)
    turned_filter_to_tile, tile_to_filter = tiles.turned_filter_to_tile(taps), tiles.tile_to_filter(taps)

    @kernel(f"void({READ_ROW}, {_SCRATCH}, {_integers(4)})", name=f"filters_{taps}")
    def transform_filters(panels, u, channels, step, first, stop):
        """Panels first..stop of F filters."""
        for p in range(first, stop):
            source = line_in(address(panels)) + 4 * p * channels * count * PANEL
            filters_to_tile(source, line_in(address(u)) + 4 * p * channels * PANEL, step, channels)

    @kernel(f"void(Array(float32, 3, 'C', True), {_SCRATCH}, {_integers(4)})", name=f"turned_filters_{taps}")
    def transform_turned(weight, u, step, origin, first, stop):
        """Panels first..stop of the C channels of weight (F, C, taps), counted from `origin` on."""
        filters, channels, _ = weight.shape
        for c in range((origin + first) * PANEL, min((origin + stop) * PANEL, channels), LANES):
            for f in range(filters):
                source = address(weight) + 4 * (f * channels + c) * count
                place = ((c // PANEL - origin) * filters + f) * PANEL + c % PANEL
                turned_filter_to_tile(source, line_in(address(u)) + 4 * place, step)

    @kernel(f"void({READ_ROW}, float32[:, :, ::1], {_integers(3)})", name=f"to_filters_{taps}")
    def transform_back(u, dw, step, first, stop):
        """Filters first..stop."""
        _, channels, _ = dw.shape
        for f in range(first, stop):
            for c in range(0, channels, LANES):
                source = line_in(address(u)) + 4 * (f * channels + c)
                tile_to_filter(source, step, address(dw) + 4 * (f * channels + c) * count)

    return _FilterKernels(transform_filters, transform_turned, transform_back)


_THREE, _FIVE = _image_kernels(3), _image_kernels(5)
_OF_IMAGES = {3: _THREE, 5: _FIVE}
_THREE_GRADIENTS, _FIVE_GRADIENTS = _gradient_kernels(3), _gradient_kernels(5)
_OF_GRADIENTS = {3: _THREE_GRADIENTS, 5: _FIVE_GRADIENTS}
_THREE_FILTERS, _FIVE_FILTERS = _filter_kernels(3), _filter_kernels(5)
_OF_FILTERS = {3: _THREE_FILTERS, 5: _FIVE_FILTERS}


@kernel(f"void({_SCRATCH}, {_SCRATCH}, {READ_ROW}, {_SCRATCH}, {_integers(8)})")
def multiply_panel(v, u, zeros, m, points, channels, count, v_step, m_step, u_step, height, multiplying):
    """M (points, count, PANEL) = V (points, count, C) U (points, C, PANEL)."""
    for e in range(points):
        left = line_in(address(v)) + 4 * e * v_step, channels, 1
        right = line_in(address(u)) + 4 * e * u_step, channels
        into = line_in(address(m)) + 4 * e * m_step, PANEL, address(zeros), 0
        call(multiplying, (*left, *right, *into, 0, count, height, height, PANEL))


@kernel(f"void({READ_ROW}, {READ_ROW}, {READ_ROW}, {_SCRATCH}, {_integers(9)})")
def multiply_points(z, v, zeros, u, wide, channels, count, v_step, step, multiplying, is_first, first, stop):
    """Points first..stop of U (points, F, C) = or += Z^T (F, count) V (count, C)."""
    z_step, height = count * wide + _LINE, -(-wide // -(-wide // ROWS))
    for e in range(first, stop):
        into = line_in(address(u)) + 4 * e * step
        begin, begin_row = (address(zeros), 0) if is_first else (into, channels)
        left = line_in(address(z)) + 4 * e * z_step, 1, wide, line_in(address(v)) + 4 * e * v_step, count
        call(multiplying, (*left, into, channels, begin, begin_row, 0, wide, height, height, channels))


@kernel(f"void({_SCRATCHES}, int64, int64)")
def add_parts(us, first, stop):
    """Numbers first..stop of all parts, into the first part."""
    total = us[0, first:stop]
    for part in range(1, len(us)):
        more = us[part, first:stop]
        for i in range(total.size):
            total[i] += more[i]


Transform = Callable[[np.ndarray, int, int, int], None]  # writes panels first..stop of filters: u, step, first, stop


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    filters, channels, taps, _ = weight.shape
    rows = weight.reshape(filters, -1)

    def transform(u: np.ndarray, step: int, first: int, stop: int) -> None:
        panels = packed(rows[first * PANEL : stop * PANEL].T)
        run_slices(partial(_OF_FILTERS[taps].to_tiles, panels, u, channels, step), stop - first)

    sizes = window_count(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    return _convolved(channels_last(x), transform, bias, taps, filters, sizes, padding)


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    filters, channels, taps, _ = weight.shape
    whole = _whole_registers(weight.reshape(filters, channels, -1))

    def transform(u: np.ndarray, step: int, first: int, stop: int) -> None:
        run_slices(partial(_OF_FILTERS[taps].turned_to_tiles, whole, u, step, first), stop - first)

    around = tuple((taps - 1 - before, taps - 1 - after) for before, after in padding)
    return _convolved(channels_last(grad), transform, None, taps, channels, input_shape[2:], around)


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    filters, channels, taps, _ = weight_shape
    wide, (top, left) = _padded(channels, LANES), (before for before, _ in padding)
    way = _summed_in_parts if side_of(taps) ** 2 * filters * wide <= _FEW_SUMS else _summed_by_points
    u = way(channels_last(x), channels_last(grad), taps, wide, top, left)
    dw = np.empty((filters, wide, taps * taps), np.float32)
    run_slices(partial(_OF_FILTERS[taps].from_tiles, u, dw, filters * wide + _LINE), filters)
    return np.ascontiguousarray(dw[:, :channels]).reshape(weight_shape)


def _summed_in_parts(x: np.ndarray, grad: np.ndarray, taps: int, wide: int, top: int, left: int) -> np.ndarray:
    """U of each part of the batch, summed; tiles stay in a second-level cache."""
    points, channels, filters, total = side_of(taps) ** 2, _padded(x.shape[3]), grad.shape[3], _tile_count(grad.shape)
    most = max(1, _BLOCK_NUMBERS // (points * (channels + filters)))
    us = np.empty((min(_PARTS, -(-total // most)), _size(points, filters * wide)), np.float32)
    share = -(-total // len(us))
    block, (grain, threads) = -(-share // -(-share // most)), shares(len(us))
    vs, zs = (np.zeros((threads, _size(points, block * count)), np.float32) for count in (channels, filters))
    zeros, tables = np.zeros(max(filters, channels), np.float32), np.empty((threads, _TABLE), np.int64)
    sizes = top, left, wide, multiplying(), block, total, grain
    run_slices(partial(_OF_GRADIENTS[taps].correlate, x, grad, zeros, us, vs, zs, tables, *sizes), len(us), grain)
    run_slices(partial(add_parts, us), us.shape[1], 1 << 12)
    return us[0]


def _summed_by_points(x: np.ndarray, grad: np.ndarray, taps: int, wide: int, top: int, left: int) -> np.ndarray:
    """U of chunks of tiles, of which each thread takes some points."""
    points, channels, filters, total = side_of(taps) ** 2, x.shape[3], grad.shape[3], _tile_count(grad.shape)
    chunk = min(total, max(1, _CHUNK_NUMBERS // (points * (channels + filters))))
    v, z = _memory(points, chunk * _padded(channels), clear=channels % PANEL > 0), _memory(points, chunk * filters)
    zeros, step = np.zeros(max(filters, wide), np.float32), filters * wide + _LINE
    u = _memory(points, filters * wide)

    def add(begin: int, count: int) -> None:
        v_step, z_step = count * _padded(channels) + _LINE, count * filters + _LINE
        grain, parts = shares(count)
        tables = np.empty((parts, _TABLE), np.int64)
        seen = x, grad, zeros, v, tables, top, left, begin, count, PANEL, v_step, grain
        run_slices(partial(_OF_IMAGES[taps].to_tiles, *seen), count, grain)
        run_slices(partial(_OF_GRADIENTS[taps].to_tiles, grad, zeros, z, tables, begin, z_step, grain), count, grain)
        sizes = filters, wide, count, v_step, step, multiplying(), begin == 0
        run_slices(partial(multiply_points, z, v, zeros, u, *sizes), points)

    for begin in range(0, total, chunk):
        add(begin, min(chunk, total - begin))
    return u


def _convolved(
    x: np.ndarray, transform: Transform, bias: np.ndarray | None, taps: int, wide: int, sizes: Sizes, padding: Pairs
) -> np.ndarray:
    """(N, C', *sizes), of images (N, *S, C)."""
    y = lined(len(x), *sizes, wide)
    start = np.zeros(wide, np.float32) if bias is None else bias
    way = _in_blocks if x.shape[3] * wide < _MANY_WEIGHTS else _in_panels
    way(x, transform, start, y, taps, padding[0][0], padding[1][0])
    return channels_first(y)


def _in_blocks(
    x: np.ndarray, transform: Transform, bias: np.ndarray, y: np.ndarray, taps: int, top: int, left: int
) -> None:
    """All filters first; then each thread its own tiles, some at a time."""
    points, channels, wide, total = side_of(taps) ** 2, x.shape[3], y.shape[3], _tile_count(y.shape)
    u, step = _memory(points, channels * _padded(wide), clear=wide % PANEL > 0), channels * _padded(wide) + _LINE
    transform(u, step, 0, -(-wide // PANEL))
    block = _even_block(total, max(1, _BLOCK_NUMBERS // (points * (channels + wide))))
    grain, parts = shares(total)
    rooms = wide + 2 * _LINE, _size(points, block * channels), _size(points, block * wide)
    scratch = (np.empty((parts, room), np.float32) for room in rooms)
    sizes = top, left, multiplying(), even_height(block, 1), block, grain
    operands = x, u, bias, y, np.zeros(max(channels, wide), np.float32), *scratch, np.empty((parts, _TABLE), np.int64)
    run_slices(partial(_OF_IMAGES[taps].convolve, *operands, *sizes), total, grain)


def _in_panels(
    x: np.ndarray, transform: Transform, bias: np.ndarray, y: np.ndarray, taps: int, top: int, left: int
) -> None:
    """Some tiles; then each thread its own panels of filters, one at a time."""
    channels, wide, total, run = x.shape[3], y.shape[3], _tile_count(y.shape), _OF_IMAGES[taps]
    points = side_of(taps) ** 2
    chunk = min(total, max(ROWS, _CHUNK_NUMBERS // (points * channels)))
    v, zeros = _memory(points, chunk * channels), np.zeros(max(channels, PANEL), np.float32)

    def some(begin: int, count: int) -> None:
        v_step, u_step, m_step = (n + _LINE for n in (count * channels, channels * PANEL, count * PANEL))
        sizes = points, channels, count, v_step, m_step, u_step, even_height(count, 1), multiplying()

        grain, parts = shares(count)
        tables = np.empty((parts, _TABLE), np.int64)
        seen = x, y, zeros, v, tables, top, left, begin, count, channels, v_step, grain

        def panels(i: int, j: int) -> None:
            u, m = _memory(points, channels * PANEL, clear=wide % PANEL > 0), _memory(points, count * PANEL)
            nowhere, places = np.empty(wide, np.float32), np.empty(points, np.int64)
            for p in range(i, j):
                transform(u, u_step, p, p + 1)
                multiply_panel(v, u, zeros, m, *sizes)
                run.to_images(m, bias, y, nowhere, places, begin, count, m_step, p * PANEL)

        run_slices(partial(run.to_tiles, *seen), count, grain)
        run_slices(panels, -(-wide // PANEL))

    for begin in range(0, total, chunk):
        some(begin, min(chunk, total - begin))


def _even_block(total: int, most: int) -> int:
    """Tiles of a block: whole tiles of the matrix product, and as many blocks for each thread."""
    share = -(-total // thread_count())
    size = -(-share // -(-share // most))
    return min(share, _padded(size, ROWS))


def _tile_count(images: Sizes) -> int:
    return images[0] * -(-images[1] // RESULTS) * -(-images[2] // RESULTS)


def _padded(count: int, unit: int = PANEL) -> int:
    return -(-count // unit) * unit


def _memory(points: int, count: int, clear: bool = False) -> np.ndarray:
    """Room for matrices of `count` numbers; cleared where panels are not filled: old bits may be slow numbers."""
    size = _size(points, count)
    return np.zeros(size, np.float32) if clear else lined(size)


def _size(points: int, count: int) -> int:
    return points * (count + _LINE) + _LINE


def _whole_registers(weight: np.ndarray) -> np.ndarray:
    """Weight (F, C, taps), with channels of zeros so that they fill registers."""
    missing = -weight.shape[1] % LANES
    return np.pad(weight, ((0, 0), (0, missing), (0, 0))) if missing else np.ascontiguousarray(weight)
