"""Convolution along rows of images, which have few channels or are wide, and its gradients.

Each image is copied into its padding once, row by row, whichever of channels and columns are neighbours in memory. Then
every window has its taps at the same distances, and windows have equal distances from each other: a tile needs one
number a tap to find its inputs. So a first layer, with few channels and no gradient of its input, costs no more than
its multiplications; gradients of results are read where they lie.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from chainrule.kernels.cpu import convolution_direct as direct
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.convolution_direct import copy_pixel
from chainrule.kernels.cpu.gemm import PANEL, ROWS
from chainrule.kernels.cpu.memory import LINE, lined
from chainrule.kernels.cpu.pool import run_slices, shares
from chainrule.kernels.cpu.products import READ_ROW, even_height, line_in, packed
from chainrule.kernels.cpu.simd import (
    LANES,
    Address,
    Code,
    Floats,
    Integer,
    address,
    fence,
    vector_function,
    worth_streaming,
)
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last, window_count

_VECTORS = PANEL // LANES
_IMAGES = "Array(float32, 4, 'A', True)"  # (N, P, H, L): P planes whose rows are L neighbours
_OFFSETS = "Array(int64, 1, 'C', True)"
_ROOMS = "float32[:, :, :, ::1]"  # (slices, P, H', L')
_PARTS, _PARTS_OF_MANY = 16, 8  # of the batch, each of which sums its gradient; as many for any number of threads
_MANY_WEIGHTS = 1 << 15  # whose sums take as long to add up as to compute


@vector_function
def windows_tile(
    code: Code, kind: Integer, image: Address, offsets: Address, taps: Integer, step: Integer, panel: Address,
    into: Address, into_row: Integer, start: Address, streams: Integer,
) -> None:  # fmt: skip
    """Results of `kind` neighbouring windows and PANEL filters, or of `kind` - ROWS windows and LANES filters."""

    def write(kind: int) -> None:
        height, vectors = (kind, _VECTORS) if kind <= ROWS else (kind - ROWS, 1)
        places = [(i, j) for i in range(height) for j in range(vectors)]

        def turn(t: Integer, sums: list[Floats]) -> list[Floats]:
            line = image + (offsets + t * 2).load_integer()
            right = [(panel + t * PANEL + LANES * j).load() for j in range(vectors)]
            left = [(line + step * i).broadcast() for i in range(height)]
            return [left[i] * right[j] + total for (i, j), total in zip(places, sums)]

        first = [(start + LANES * j).load() for _, j in places]
        totals = code.repeat(taps, turn, first)

        def put(write: Callable[[Address, Floats], None]) -> None:
            for (i, j), total in zip(places, totals):
                write(into + into_row * i + LANES * j, total)

        code.either(streams, lambda: put(Address.stream), lambda: put(Address.store))

    code.choose(kind, range(1, 2 * ROWS + 1), write)


@vector_function
def taps_tile(
    code: Code, kind: Integer, image: Address, offsets: Address, row_step: Integer, step: Integer, grad: Address,
    rows: Integer, columns: Integer, filters: Integer, into: Address,
) -> None:  # fmt: skip
    """Add the gradients of `kind` taps of PANEL filters, or of `kind` - ROWS taps of LANES filters."""

    def write(kind: int) -> None:
        height, vectors = (kind, _VECTORS) if kind <= ROWS else (kind - ROWS, 1)
        places = [(i, j) for i in range(height) for j in range(vectors)]
        taps = [image + (offsets + 2 * i).load_integer() for i in range(height)]

        def over_rows(row: Integer, sums: list[Floats]) -> list[Floats]:
            lines, pixels = [tap + row * row_step for tap in taps], grad + row * columns * filters

            def over_columns(column: Integer, sums: list[Floats]) -> list[Floats]:
                right = [(pixels + column * filters + LANES * j).load() for j in range(vectors)]
                left = [(line + column * step).broadcast() for line in lines]
                return [left[i] * right[j] + total for (i, j), total in zip(places, sums)]

            return code.repeat(columns, over_columns, sums)

        at = [into + filters * i + LANES * j for i, j in places]
        for place, total in zip(at, code.repeat(rows, over_rows, [place.load() for place in at])):
            place.store(total)

    code.choose(kind, range(1, 2 * ROWS + 1), write)


@inlined
def pad_image(x, n, padded, top, left):
    """Copy an image into the middle of padded (P, H', L'); a negative width cuts off."""
    planes, height, width = padded.shape
    first, last = max(0, -left), min(x.shape[3], width - left)
    for p in range(planes):
        for i in range(max(0, -top), min(x.shape[2], height - top)):
            source = address(x) + n * x.strides[0] + p * x.strides[1] + i * x.strides[2] + 4 * first
            copy_pixel(source, address(padded) + 4 * ((p * height + i + top) * width + first + left), last - first)


@kernel(
    f"void({_IMAGES}, {READ_ROW}, {READ_ROW}, Array(float32, 4, 'A'), {_OFFSETS}, {_ROOMS}, float32[:, ::1],"
    f"{', '.join(['int64'] * 9)})"
)
def slide_rows(
    x, panels, bias, y, offsets, rooms, edges, top, left, row_step, step, height, streams, grain, first, stop
):
    """Rows first..stop of results, counted through all images."""
    (_, rows, columns, filters), between = y.shape, y.strides[2] // 4
    padded, edge = rooms[first // grain], edges[first // grain]
    taps, line, whole, current = len(offsets), padded.shape[2], filters // PANEL * PANEL, -1
    for r in range(first, stop):
        n, i = r // rows, r % rows
        if n != current:
            pad_image(x, n, padded, top, left)
            current = n
        for j in range(0, columns, height):
            count = min(height, columns - j)
            image = address(padded) + 4 * (i * row_step * line + j * step)
            into = address(y) + n * y.strides[0] + i * y.strides[1] + j * y.strides[2]
            for f in range(0, filters, PANEL):
                target, row, past = (into + 4 * f, between, streams) if f < whole else (address(edge), PANEL, 0)
                kind = count + (0 if filters - f > LANES else ROWS)
                panel = line_in(address(panels)) + 4 * f * taps
                windows_tile(kind, image, address(offsets), taps, step, panel, target, row, address(bias) + 4 * f, past)
            if whole < filters:
                for w in range(count):
                    copy_pixel(address(edge) + 4 * w * PANEL, into + 4 * (w * between + whole), filters - whole)
    if streams:
        fence()


@kernel(f"void({_IMAGES}, {READ_ROW}, float32[:, :, ::1], {_OFFSETS}, {_ROOMS}, {', '.join(['int64'] * 9)})")
def correlate_rows(x, grad, sums, offsets, rooms, rows, columns, top, left, row_step, step, grain, first, stop):
    """Parts first..stop of the batch: sums (parts, taps, F) of grad (N * rows * columns * F)."""
    parts, taps, filters = sums.shape
    padded = rooms[first // grain]
    total, line = len(x) * rows, padded.shape[2]
    for part in range(first, stop):
        r, last, current = part * total // parts, (part + 1) * total // parts, -1
        while r < last:
            n, i = r // rows, r % rows
            count = min(rows - i, last - r)
            if n != current:
                pad_image(x, n, padded, top, left)
                current = n
            image, height = address(padded) + 4 * i * row_step * line, -(-taps // -(-taps // ROWS))
            for f in range(0, filters, PANEL):
                outputs = address(grad) + 4 * (r * columns * filters + f)
                for t in range(0, taps, height):
                    kind = min(height, taps - t) + (0 if filters - f > LANES else ROWS)
                    into = address(sums) + 4 * ((part * taps + t) * filters + f)
                    places = image, address(offsets) + 8 * t, row_step * line, step
                    taps_tile(kind, *places, outputs, count, columns, filters, into)
            r += count


class _Rows(NamedTuple):
    """How images lie in their padding."""

    images: np.ndarray  # (N, P, H, L): either (N, C, H, W) or (N, 1, H, W C)
    width: int  # numbers that belong to a column: 1 or C
    sizes: Sizes  # (P, H', L') of a padded image
    top: int
    left: int


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    filters, kernel = len(weight), weight.shape[2:]
    y = lined(len(x), *window_count(x.shape[2:], kernel, stride, padding, dilation), filters)
    panels, start = packed(weight.reshape(filters, -1).T), np.zeros(filters + PANEL, np.float32)
    if bias is not None:
        start[:filters] = bias
    rows = _rows(x, padding)
    _slide(rows, panels, start, y, _offsets(rows, x.shape[1], *_taps(kernel, dilation)), stride)
    return channels_first(y)


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    if max(stride) > 1:  # each phase of the stride has few taps, and addresses cost less than padding it
        return direct.conv_input_gradient(grad, weight, input_shape, stride, padding, dilation, groups)
    (filters, channels), kernel = weight.shape[:2], weight.shape[2:]
    dx = lined(input_shape[0], *input_shape[2:], channels)
    reach = [d * (k - 1) for k, d in zip(kernel, dilation)]
    around = [
        (far - before, size - count + before)
        for far, (before, _), size, count in zip(reach, padding, input_shape[2:], grad.shape[2:])
    ]
    rows = _rows(grad, tuple(around))
    distances = (far - axis for far, axis in zip(reach, _taps(kernel, dilation)))  # tap k is that far from the last
    panels = direct.turned(weight.ravel(), filters, channels, kernel[0] * kernel[1])
    _slide(rows, panels, np.zeros(channels + PANEL, np.float32), dx, _offsets(rows, filters, *distances), stride)
    return channels_first(dx)


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    outputs, rows = _whole_registers(channels_last(grad)), _rows(x, padding)
    # Channels of a pixel are neighbours, where images are channels last: then a tile's taps share a cache line.
    by_channel = _offsets(rows, x.shape[1], *_taps(weight_shape[2:], dilation)).reshape(weight_shape[1:])
    offsets = by_channel.transpose(1, 2, 0).ravel()
    parts = _PARTS if len(offsets) * outputs.shape[3] < _MANY_WEIGHTS else _PARTS_OF_MANY
    sums = np.zeros((min(parts, len(x) * outputs.shape[1]), len(offsets), outputs.shape[3]), np.float32)
    grain, parts = shares(len(sums))
    sizes = *outputs.shape[1:3], rows.top, rows.left, stride[0], stride[1] * rows.width, grain
    rooms = np.zeros((parts, *rows.sizes), np.float32)
    run_slices(
        partial(correlate_rows, rows.images, outputs.reshape(-1), sums, offsets, rooms, *sizes), len(sums), grain
    )
    with np.errstate(invalid="ignore"):  # as in kernels: infinities may meet
        dw = sums.sum(axis=0)
    by_tap = dw[:, : weight_shape[0]].reshape(*weight_shape[2:], *weight_shape[1::-1])  # (KH, KW, C, F)
    return np.ascontiguousarray(by_tap.transpose(3, 2, 0, 1))


def _rows(x: np.ndarray, padding: Pairs) -> _Rows:
    _, channels, height, width = x.shape
    (top, bottom), (left, right) = padding
    if channels > 1 and x.strides[1] == 4 and x.strides[3] == 4 * channels:
        images = channels_last(x).reshape(len(x), 1, height, width * channels)
        return _Rows(
            images, channels, (1, height + top + bottom, (width + left + right) * channels), top, left * channels
        )
    images = x if x.strides[3] == 4 else np.ascontiguousarray(x)
    return _Rows(images, 1, (channels, height + top + bottom, width + left + right), top, left)


def _taps(kernel: Sizes, dilation: Sizes) -> list[np.ndarray]:
    """How far the taps of a window are from its first, for each axis."""
    return [np.arange(size) * d for size, d in zip(kernel, dilation)]


def _offsets(rows: _Rows, channels: int, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The same, for all taps of all channels, in the order of filters (C, KH, KW)."""
    _, height, line = rows.sizes
    between_channels = height * line if rows.width == 1 else 1
    offsets = np.arange(channels)[:, None, None] * between_channels + down[:, None] * line + right * rows.width
    return offsets.reshape(-1).astype(np.int64)


def _slide(rows: _Rows, panels: np.ndarray, bias: np.ndarray, y: np.ndarray, offsets: np.ndarray, step: Sizes) -> None:
    """Fill y (N, *O, F)."""
    total = len(y) * y.shape[1]
    grain, parts = shares(total)
    sizes = rows.top, rows.left, step[0], step[1] * rows.width, even_height(y.shape[2], 1), worth_streaming(y), grain
    rooms = np.zeros((parts, *rows.sizes), np.float32), np.empty((parts, ROWS * PANEL + LINE), np.float32)
    run_slices(partial(slide_rows, rows.images, panels, bias, y, offsets, *rooms, *sizes), total, grain)


def _whole_registers(grad: np.ndarray) -> np.ndarray:
    """Gradients (N, H, W, F), with filters of zeros so that they fill registers."""
    missing = -grad.shape[3] % LANES
    return np.pad(grad, ((0, 0), (0, 0), (0, 0), (0, missing))) if missing else np.ascontiguousarray(grad)
