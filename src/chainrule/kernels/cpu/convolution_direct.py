"""Convolution and its gradients by their definition: any filters, stride, padding and dilation.

A tile of some windows by `PANEL` filters stays in registers while it passes over the taps. Where a tap of a window lies
stands in a table of addresses; outside of the image it is a line of zeros. So nothing is copied, and the same tile
serves the input gradient, which is a convolution for each phase of the stride.
"""

import itertools
import math
from functools import partial

import numpy as np

from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.gemm import DEPTH, PANEL, ROWS, copy_numbers
from chainrule.kernels.cpu.memory import LINE, lined
from chainrule.kernels.cpu.pool import run_slices, shares
from chainrule.kernels.cpu.products import READ_ROW, even_height, line_in, multiplying, packed
from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, address, call, vector_function
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last, window_count

_VECTORS = PANEL // LANES
_IMAGES = "Array(float32, 4, 'A', True)"  # (N, H, W, C); channels side by side, the rest at any strides
_WRITE_IMAGES = "Array(float32, 4, 'A')"
_TAPS = "Array(int64, 2, 'C', True)"  # row and column of the pixel beside the window's first, and number of the tap
_TABLES = "int64[:, ::1]"  # one for each slice
_BLOCK = 20 * ROWS  # windows whose inputs and results stay in a second-level cache
_LINE = LINE // 4


@vector_function
def slide_tile(
    code: Code, kind: Integer, places: Address, numbers: Address, taps: Integer, first: Integer, panel: Address,
    tap_count: Integer, depth: Integer, into: Address, start: Address, column: Integer,
) -> None:  # fmt: skip
    """Results of `kind` windows and PANEL filters, or of `kind` - ROWS windows and LANES filters.

    Added to what lies at the addresses `start` are the products of `depth` channels from `first` on, for each of the
    taps: `places` says where (taps, ROWS), `numbers` where in the panel, whose rows are (channel, tap).
    """

    def write(kind: int) -> None:
        height, vectors = (kind, _VECTORS) if kind <= ROWS else (kind - ROWS, 1)
        each = [(i, j) for i in range(height) for j in range(vectors)]
        row = tap_count * PANEL

        def over_taps(t: Integer, sums: list[Floats]) -> list[Floats]:
            lines = [(places + t * (2 * ROWS) + 2 * i).load_address() + first for i in range(height)]
            weights = panel + (numbers + t * 2).load_integer() * PANEL

            def over_channels(k: Integer, sums: list[Floats]) -> list[Floats]:
                right = [(weights + k * row + LANES * j).load() for j in range(vectors)]
                left = [(line + k).broadcast() for line in lines]
                return [left[i] * right[j] + total for (i, j), total in zip(each, sums)]

            return code.repeat(depth, over_channels, sums)

        begin = [((start + 2 * i).load_address() + column + LANES * j).load() for i, j in each]
        for (i, j), total in zip(each, code.repeat(taps, over_taps, begin)):
            ((into + 2 * i).load_address() + column + LANES * j).store(total)

    code.choose(kind, range(1, 2 * ROWS + 1), write)


@vector_function
def copy_pixel(code: Code, source: Address, target: Address, channels: Integer) -> None:
    """Copy some channels."""
    code.each(channels, lambda c: (target + c).store((source + c).load()))


@inlined
def find_taps(places, at, x, n, row, column, taps, reach, nowhere):
    """Write down where the taps of a window lie, ROWS places apart; outside of the image, `nowhere`."""
    image = address(x) + n * x.strides[0] + row * x.strides[1] + column * x.strides[2]
    top, bottom, left, right = reach
    is_inside = top <= row < bottom and left <= column < right
    for t in range(len(taps)):
        i, j = taps[t, 0], taps[t, 1]
        seen = is_inside or (0 <= row + i < x.shape[1] and 0 <= column + j < x.shape[2])
        places[at + t * ROWS] = image + i * x.strides[1] + j * x.strides[2] if seen else nowhere


@inlined
def following(n, i, j, rows, columns):
    """The next image, row and column."""
    if j + 1 < columns:
        return n, i, j + 1
    return (n, i + 1, 0) if i + 1 < rows else (n + 1, 0, 0)


@inlined
def reach_of(x, taps):
    """Between which rows and columns all taps of a window lie in the image."""
    top, bottom, left, right = 0, x.shape[1], 0, x.shape[2]
    for t in range(len(taps)):
        top, bottom = max(top, -taps[t, 0]), min(bottom, x.shape[1] - taps[t, 0])
        left, right = max(left, -taps[t, 1]), min(right, x.shape[2] - taps[t, 1])
    return top, bottom, left, right


@kernel(
    f"void({_IMAGES}, {READ_ROW}, {READ_ROW}, {_WRITE_IMAGES}, {READ_ROW}, {_TAPS}, int64[::1], {_TABLES}, {_TABLES},"
    f"float32[:, ::1], {', '.join(['int64'] * 8)})"
)
def slide(
    x, panels, bias, y, zeros, taps, numbers, all_places, all_into, edges, row_step, column_step, tap_count, chunk,
    height, grain, first, stop,
):  # fmt: skip
    """Windows first..stop: pixels of `y`, counted through images, rows and columns."""
    _, rows, columns, filters = y.shape
    channels, count_taps, whole = x.shape[3], len(taps), filters // PANEL * PANEL
    places, into, edge = all_places[first // grain], all_into[first // grain], edges[first // grain]
    results, copies, begins = into[:_BLOCK], into[_BLOCK : 2 * _BLOCK], into[2 * _BLOCK : 2 * _BLOCK + ROWS]
    begins[:], reach = address(bias), reach_of(x, taps)
    for begin in range(first, stop, _BLOCK):
        count = min(_BLOCK, stop - begin)
        n, i, j = begin // (rows * columns), begin // columns % rows, begin % columns
        for w in range(count):
            results[w] = address(y) + n * y.strides[0] + i * y.strides[1] + j * y.strides[2]
            copies[w] = address(edge) + 4 * (w * PANEL - whole)
            table = w // height * count_taps * ROWS + w % height
            find_taps(places, table, x, n, i * row_step, j * column_step, taps, reach, address(zeros))
            n, i, j = following(n, i, j, rows, columns)
        for c in range(0, channels, chunk):
            depth = min(chunk, channels - c)
            for f in range(0, filters, PANEL):
                panel, width = line_in(address(panels)) + 4 * (f * channels + c * PANEL) * tap_count, filters - f
                for w in range(0, count, height):
                    kind = min(height, count - w) + (0 if width > LANES else ROWS)
                    table = address(places) + 8 * (w // height * count_taps * ROWS)
                    target = 8 * w + (address(results) if f < whole else address(copies))
                    source = target if c else address(begins)
                    weights = panel, tap_count, depth
                    slide_tile(kind, table, address(numbers), count_taps, c, *weights, target, source, f)
        if whole < filters:
            for w in range(count):
                copy_numbers(address(edge) + 4 * w * PANEL, 0, 1, results[w] + 4 * whole, 1, filters - whole)


@kernel(f"void({READ_ROW}, float32[::1], {', '.join(['int64'] * 5)})")
def pack_turned(weight, panels, filters, channels, taps, first, stop):
    """Panels first..stop of the C channels of weight (F, C, taps); rows are (filter, tap)."""
    for c in range(first * PANEL, min(stop * PANEL, channels), PANEL):
        for f in range(filters):
            source = address(weight) + 4 * (f * channels + c) * taps
            target = line_in(address(panels)) + 4 * (c * filters + f * PANEL) * taps
            copy_numbers(source, 1, taps, target, taps, min(PANEL, channels - c))


@kernel(
    f"void({_IMAGES}, Array(float32, 2, 'C', True), {READ_ROW}, {_TAPS}, float32[:, :, ::1], float32[:, ::1],"
    f"{', '.join(['int64'] * 8)})"
)
def correlate(x, grad, zeros, taps, dw, panels, rows, columns, row_step, column_step, multiplying, grain, first, stop):
    """Pieces first..stop of dw (taps, F, C), of ROWS filters and PANEL channels each."""
    (windows, filters), channels, into = grad.shape, x.shape[3], line_in(address(panels[first // grain]))
    tiles, pieces = -(-filters // ROWS), -(-channels // PANEL)
    for begin in range(0, windows, DEPTH):
        count, piece = min(DEPTH, windows - begin), first
        while piece < stop:
            t, c = piece // tiles // pieces, piece // tiles % pieces * PANEL
            last = min(stop, (piece // tiles + 1) * tiles)
            f, width = piece % tiles * ROWS, min(PANEL, channels - c)
            end = min(filters, f + (last - piece) * ROWS)
            n, i, j = begin // (rows * columns), begin // columns % rows, begin % columns
            for w in range(count):
                row, column = i * row_step + taps[t, 0], j * column_step + taps[t, 1]
                seen = 0 <= row < x.shape[1] and 0 <= column < x.shape[2]
                place = address(x) + n * x.strides[0] + row * x.strides[1] + column * x.strides[2] + 4 * c
                copy_pixel(place if seen else address(zeros), into + 4 * w * PANEL, width)
                n, i, j = following(n, i, j, rows, columns)
            result = address(dw) + 4 * (t * filters * channels + c), channels
            start = result if begin else (address(zeros), 0)
            left = address(grad) + 4 * begin * filters, 1, filters
            call(multiplying, (*left, into, count, *result, *start, f, end, ROWS, ROWS, width))
            piece = last


@kernel("void(Array(float32, 3, 'C', True), float32[:, :, ::1], int64, int64)")
def taps_last(by_tap, dw, first, stop):
    """Filters first..stop, from (taps, F, C) to (F, C, taps)."""
    for f in range(first, stop):
        for t in range(dw.shape[2]):
            for c in range(dw.shape[1]):
                dw[f, c, t] = by_tap[t, f, c]


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    (filters, _), kernel = weight.shape[:2], weight.shape[2:]
    sizes = window_count(x.shape[2:], kernel, stride, padding, dilation)
    y = lined(len(x), *sizes, filters)
    start = np.zeros(filters + PANEL, np.float32)
    if bias is not None:
        start[:filters] = bias
    panels = packed(weight.reshape(filters, -1).T)
    taps = [[(k * d - before, k) for k in range(size)] for size, d, (before, _) in zip(kernel, dilation, padding)]
    _slide(channels_last(x), panels, start, y, taps, stride, kernel)
    return channels_first(y)


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    (filters, channels), kernel = weight.shape[:2], weight.shape[2:]
    dx = lined(input_shape[0], *input_shape[2:], channels)
    panels = turned(weight.ravel(), filters, channels, math.prod(kernel))
    start = np.zeros(channels + PANEL, np.float32)
    for phase in itertools.product(*map(range, stride)):
        # Of the elements phase + q s, tap k of window o meets that with o + (k d - before - phase) / s = q.
        taps = [
            [((before + at - k * d) // s, k) for k in range(size) if (before + at - k * d) % s == 0]
            for at, size, s, d, (before, _) in zip(phase, kernel, stride, dilation, padding)
        ]
        part = dx[:, phase[0] :: stride[0], phase[1] :: stride[1]]
        _slide(channels_last(grad), panels, start, part, taps, (1, 1), kernel)
    return channels_first(dx)


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    (filters, channels), kernel = weight_shape[:2], weight_shape[2:]
    rows = np.ascontiguousarray(channels_last(grad)).reshape(-1, filters)
    offsets = [[k * d - before for k in range(n)] for n, d, (before, _) in zip(kernel, dilation, padding)]
    taps = np.array(list(itertools.product(*offsets)), np.int64)
    by_tap, dw = np.empty((len(taps), filters, channels), np.float32), np.empty(weight_shape, np.float32)
    zeros, sizes = np.zeros(channels + PANEL, np.float32), grad.shape[2:]
    pieces = len(taps) * -(-filters // ROWS) * -(-channels // PANEL)
    grain, parts = shares(pieces)
    panels = np.zeros((parts, DEPTH * PANEL + 3 * _LINE), np.float32)
    operands = channels_last(x), rows, zeros, taps, by_tap, panels, *sizes, *stride, multiplying()
    run_slices(partial(correlate, *operands, grain), pieces, grain)
    run_slices(partial(taps_last, by_tap, dw.reshape(filters, channels, -1)), filters)
    return dw


def _slide(
    x: np.ndarray, panels: np.ndarray, bias: np.ndarray, y: np.ndarray, taps: list[list[tuple[int, int]]],
    step: Sizes, kernel: Sizes,
) -> None:  # fmt: skip
    """Fill y (N, *O, F) with windows over images (N, *S, C); `taps` are offsets and numbers, axis by axis."""
    if not y.size:
        return
    met = list(itertools.product(*taps))
    offsets = np.array([[row, column] for (row, _), (column, _) in met], np.int64).reshape(-1, 2)
    numbers = np.array([i * kernel[1] + j for (_, i), (_, j) in met], np.int64)
    channels, tap_count = x.shape[3], math.prod(kernel)
    parts = -(-channels * tap_count // DEPTH)
    chunk, total = -(-channels // min(parts, channels)), math.prod(y.shape[:3])
    height, zeros = even_height(min(total, _BLOCK), 1), np.zeros(channels, np.float32)
    grain, parts = shares(total, height)
    gap = 2 * _LINE  # between threads' memory, for those that share a cache line slow each other down
    tables = [np.empty((parts, size + gap), np.int64) for size in (2 * _BLOCK * len(met), 2 * _BLOCK + ROWS)]
    edges = np.empty((parts, _BLOCK * PANEL + gap), np.float32)
    sizes = *step, tap_count, chunk, height, grain
    run_slices(partial(slide, x, panels, bias, y, zeros, offsets, numbers, *tables, edges, *sizes), total, grain)


def turned(weight: np.ndarray, filters: int, channels: int, taps: int) -> np.ndarray:
    """Panels of channels; zeros where the last one is not filled, for old bits may be slow numbers."""
    count = -(-channels // PANEL)
    panels = np.zeros(count * PANEL * filters * taps + _LINE, np.float32)
    run_slices(partial(pack_turned, weight, panels, filters, channels, taps), count)
    return panels
