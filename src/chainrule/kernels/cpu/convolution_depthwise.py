"""Convolution of each channel by itself (F. Chollet, 2016): a window's taps one after another, all channels at once.

Such a convolution does little with each number that it reads, so it is written as sums along channels, which lie side
by side. Which taps meet what is the same for all images, and along each axis by itself: it is looked up in a `Reach`.
With the right one, the input gradient is the same loop as the result, and the weight gradient needs no padding.
"""

import functools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.simd import Address, Code, Floats, Integer, address, vector_function
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last, window_count

_PRODUCTS = 1 << 17  # a thread's least share
_PARTS = 32  # most partial sums for the filters' gradient; as many whatever the number of threads, for the same bits
_TALL, _WIDE = 3, 5  # most taps whose weights stay in registers, down and right; larger filters are done in pieces
_STRIP = 4  # places that are done together

_IMAGES = "Array(float32, 4, 'A', True)"  # (N, H, W, C) at any strides, but with channels side by side
_FILTERS = "Array(float32, 3, 'C', True)"  # (KH, KW, C)
_TABLE = "Array(int64, 2, 'C', True)"
_NOTHING = (0, 0, 0)  # what a place meets that sees only padding


class Reach(NamedTuple):
    """What the places of an axis meet.

    Attributes
    ----------
    runs : ndarray of int64, shape (R, 6)
        Places that meet the same taps, `place_step` apart: the first place, how many there are, whether they come in
        strips, the first element that the first one meets, the number of the tap by which, and how many taps there are.
    place_step, advance : int
        By how much places and the elements that they meet go on in a run.
    element_step, tap_step : int
        By how much elements and taps go on for a place.
    """

    runs: np.ndarray
    place_step: int
    advance: int
    element_step: int
    tap_step: int


@functools.lru_cache(maxsize=1024)
def reach(places: int, stride: int, before: int, taps: int, dilation: int, size: int) -> Reach:
    """Place i meets element ``i * stride + k * dilation - before`` by tap k, where that is inside an axis of `size`."""
    met = []
    for i in range(places):
        start = i * stride - before
        first, stop = max(0, -(start // dilation)), min(taps, -((start - size) // dilation))
        met.append((start + first * dilation, first, stop - first) if first < stop else _NOTHING)
    return Reach(_runs(met, 1, stride, dilation), 1, stride, dilation, 1)


@functools.lru_cache(maxsize=1024)
def reach_back(size: int, before: int, taps: int, dilation: int, windows: int, stride: int) -> Reach:
    """Element i meets window o by tap k where ``o * stride + k * dilation - before`` is i."""
    met = []
    for i in range(size):
        found = [(*divmod(i + before - k * dilation, stride), k) for k in range(taps)]
        inside = [(o, k) for o, rest, k in found if rest == 0 and 0 <= o < windows]
        met.append((*inside[-1], len(inside)) if inside else _NOTHING)
    common = math.gcd(stride, dilation)
    element_step = dilation // common
    return Reach(_runs(met, stride, 1, element_step), stride, 1, element_step, -(stride // common))


def _runs(met: list[tuple[int, int, int]], step: int, advance: int, element_step: int) -> np.ndarray:
    """Put together places, `step` apart, that meet the same taps; strips of them where they meet the same elements."""
    runs: list[list[int]] = []
    for phase in range(step):
        for i in range(phase, len(met), step):
            element, *taps = met[i]
            if i > phase and taps == runs[-1][4:] and element == runs[-1][3] + advance * runs[-1][1]:
                runs[-1][1] += 1
            else:
                runs.append([i, 1, 0, element, *taps])
    divided = []
    for place, count, _, element, *taps in runs:
        strips = count // _STRIP * _STRIP if advance == element_step else 0
        divided += [[place, strips, 1, element, *taps]] * (strips > 0)
        rest = [place + strips * step, count - strips, 0, element + strips * advance, *taps]
        divided += [rest] * (count > strips)
    return np.array(divided, np.int64).reshape(-1, 6)


Taps = list[tuple[int, int]]


def _cases(code: Code, tall: Integer, wide: Integer, together: Integer, body: Callable[[Taps, int], None]) -> None:
    """Write code for each number of taps, and for one place at a time or a strip of them."""

    def write(case: int) -> None:
        rows, columns = divmod(case // 2, _WIDE + 1)
        body([(a, b) for a in range(rows) for b in range(columns)], _STRIP if case % 2 else 1)

    kinds = [(a * (_WIDE + 1) + b) * 2 + s for a in range(1, _TALL + 1) for b in range(1, _WIDE + 1) for s in (0, 1)]
    code.choose((tall * (_WIDE + 1) + wide) * 2 + together, kinds, write)


@vector_function
def add_taps(
    code: Code,
    tall: Integer,
    wide: Integer,
    together: Integer,
    x: Address,
    x_down: Integer,
    x_right: Integer,
    x_step: Integer,
    weight: Address,
    weight_down: Integer,
    weight_right: Integer,
    start: Address,
    start_step: Integer,
    y: Address,
    y_step: Integer,
    places: Integer,
    channels: Integer,
) -> None:
    """For each place, y = start + the sum over taps of x * weight.

    Places are done `together`, in strips, where the next place meets the next column: it is then read once for all.
    """

    def write(taps: Taps, strip: int) -> None:
        def some_channels(c: Integer) -> None:
            weights = [(weight + (weight_down * a + weight_right * b + c)).load() for a, b in taps]

            def some_places(i: Integer, _: list[Floats]) -> None:
                totals = [(start + ((i + p) * start_step + c)).load() for p in range(strip)]
                for column, images in _columns(x + (i * x_step + c), x_down, x_right, taps, strip):
                    for (a, b), factor in zip(taps, weights):
                        if 0 <= column - b < strip:
                            totals[column - b] = images[a] * factor + totals[column - b]
                for p, total in enumerate(totals):
                    (y + ((i + p) * y_step + c)).store(total)

            code.repeat(places, some_places, step=strip)

        code.each(channels, some_channels)

    _cases(code, tall, wide, together, write)


@vector_function
def add_products(
    code: Code,
    tall: Integer,
    wide: Integer,
    together: Integer,
    x: Address,
    x_down: Integer,
    x_right: Integer,
    x_step: Integer,
    g: Address,
    g_step: Integer,
    total: Address,
    total_down: Integer,
    windows: Integer,
    channels: Integer,
) -> None:
    """Add to `total` for each tap the sum over windows of g * x."""

    def write(taps: Taps, strip: int) -> None:
        def some_channels(c: Integer) -> None:
            places = [total + (total_down * a + channels * b + c) for a, b in taps]

            def some_windows(o: Integer, sums: list[Floats]) -> list[Floats]:
                sums, grads = list(sums), [(g + ((o + p) * g_step + c)).load() for p in range(strip)]
                for column, images in _columns(x + (o * x_step + c), x_down, x_right, taps, strip):
                    for n, (a, b) in enumerate(taps):
                        if 0 <= column - b < strip:
                            sums[n] = images[a] * grads[column - b] + sums[n]
                return sums

            before = [place.load() for place in places]
            for place, found in zip(places, code.repeat(windows, some_windows, before, step=strip)):
                place.store(found)

        code.each(channels, some_channels)

    _cases(code, tall, wide, together, write)


def _columns(x: Address, down: Integer, right: Integer, taps: Taps, strip: int) -> Iterator[tuple[int, list[Floats]]]:
    """Read all that the taps of a strip of places meet, a column at a time."""
    rows, columns = taps[-1][0] + 1, taps[-1][1] + strip
    for column in range(columns):
        yield column, [(x + down * a).load() for a in range(rows)]
        x = x + right


_REACH = f"{_TABLE}, int64, int64, int64, int64"


@kernel(f"void({_IMAGES}, {_FILTERS}, Array(float32, 1, 'C', True), {_TABLE}, int64, int64, {_REACH},"
        " float32[:, :, :, ::1], int64, int64)")  # fmt: skip
def gather_lines(x, weight, bias, lines, fall, tap_fall, runs, apart, advance, gap, tap_gap, y, start, stop):
    """Lines of results, counted through all images; `lines` holds what each meets, as a run of one."""
    n_step, i_step, j_step = x.strides[0], x.strides[1] // 4, x.strides[2] // 4
    _, height, width, channels = y.shape
    below = weight.shape[1] * channels  # a weight is the next one
    for line in range(start, stop):
        n, (_, _, _, i, first_a, tall) = line // height, lines[line % height]
        for r in range(len(runs)):
            place, places, together, j, first_b, wide = runs[r]
            seen = address(x) + n * n_step + 4 * (i * i_step + j * j_step)
            filters = address(weight) + 4 * (first_a * below + first_b * channels)
            out, begin, begin_step = address(y) + 4 * (line * width + place) * channels, address(bias), 0
            if tall == 0 or wide == 0:
                for p in range(places):
                    y[n, line % height, place + p * apart] = bias
            for a in range(0, tall, _TALL):
                for b in range(0, wide, _WIDE):
                    corner = seen + 4 * (a * fall * i_step + b * gap * j_step)
                    factors = filters + 4 * (a * tap_fall * below + b * tap_gap * channels)
                    add_taps(
                        min(_TALL, tall - a), min(_WIDE, wide - b), together,
                        corner, fall * i_step, gap * j_step, advance * j_step,
                        factors, tap_fall * below, tap_gap * channels,
                        begin, begin_step, out, apart * channels, places, channels,
                    )  # fmt: skip
                    begin, begin_step = out, apart * channels


@kernel(f"void({_IMAGES}, {_IMAGES}, {_TABLE}, int64, {_TABLE}, int64, int64, int64, float32[:, :, :, ::1],"
        " int64, int64)")  # fmt: skip
def correlate_parts(grad, x, lines, fall, runs, advance, gap, lines_a_part, partial, start, stop):
    """Partial sums of the filters' gradient, each over some lines of windows."""
    n_step, i_step, j_step = x.strides[0], x.strides[1] // 4, x.strides[2] // 4
    images, height = grad.shape[0], grad.shape[1]
    _, rows, columns, channels = partial.shape
    for part in range(start, stop):
        partial[part] = 0
        for line in range(part * lines_a_part, min((part + 1) * lines_a_part, images * height)):
            n, (_, _, _, i, first_a, tall) = line // height, lines[line % height]
            for r in range(len(runs)):
                place, windows, together, j, first_b, wide = runs[r]
                seen = address(x) + n * n_step + 4 * (i * i_step + j * j_step)
                g = address(grad) + n * grad.strides[0] + line % height * grad.strides[1] + place * grad.strides[2]
                for a in range(0, tall, _TALL):
                    for b in range(0, wide, _WIDE):
                        tap = ((part * rows + first_a + a) * columns + first_b + b) * channels
                        corner = seen + 4 * (a * fall * i_step + b * gap * j_step)
                        add_products(
                            min(_TALL, tall - a), min(_WIDE, wide - b), together,
                            corner, fall * i_step, gap * j_step, advance * j_step, g, grad.strides[2] // 4,
                            address(partial) + 4 * tap, columns * channels, windows, channels,
                        )  # fmt: skip


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    sizes, kernel = x.shape[2:], weight.shape[2:]
    counts = window_count(sizes, kernel, stride, padding, dilation)
    before = (pair[0] for pair in padding)
    down, right = map(reach, counts, stride, before, kernel, dilation, sizes)
    return _gathered(x, weight, bias, down, right)


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    before = (pair[0] for pair in padding)
    down, right = map(reach_back, input_shape[2:], before, weight.shape[2:], dilation, grad.shape[2:], stride)
    return _gathered(grad, weight, None, down, right)


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    (images, channels, height, width), (tall, wide) = grad.shape, weight_shape[2:]
    down = reach(height, stride[0], padding[0][0], tall, dilation[0], x.shape[2])
    right = reach(width, stride[1], padding[1][0], wide, dilation[1], x.shape[3])
    lines = images * height
    lines_a_part = max(-(-lines // _PARTS), _PRODUCTS // (width * tall * wide * channels) or 1)
    partial = np.empty((-(-lines // lines_a_part), tall, wide, channels), np.float32)
    reaches = (_each(down), down.element_step, right.runs, right.advance, right.element_step)
    operands = (channels_last(grad), channels_last(x), *reaches, lines_a_part)
    run_slices(functools.partial(correlate_parts, *operands, partial), len(partial))
    return np.ascontiguousarray(partial.sum(axis=0).transpose(2, 0, 1))[:, None]


def _gathered(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, down: Reach, right: Reach) -> np.ndarray:
    """Sum over the taps that each place meets."""
    rows, (images, channels) = _each(down), x.shape[:2]
    y = lined(images, len(rows), right.runs[:, 1].sum(), channels)
    filters = np.ascontiguousarray(weight[:, 0].transpose(1, 2, 0))  # (KH, KW, C)
    terms = np.zeros(channels, np.float32) if bias is None else bias
    run = functools.partial(
        gather_lines, channels_last(x), filters, terms, rows, down.element_step, down.tap_step, *right, y
    )
    lines = images * len(rows)
    run_slices(run, lines, max(1, _PRODUCTS * lines // max(1, y.size * filters.size // channels)))
    return channels_first(y)


def _each(reach: Reach) -> np.ndarray:
    """What each place meets, as runs of one."""
    table = np.empty((reach.runs[:, 1].sum(), 6), np.int64)
    for first, count, _, element, *taps in reach.runs:
        for k in range(count):
            table[first + k * reach.place_step] = (first, 1, 0, element + k * reach.advance, *taps)
    return table
