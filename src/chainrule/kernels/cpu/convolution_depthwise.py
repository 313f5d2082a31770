"""Convolution of each channel by itself (F. Chollet, 2016): a register's channels at once, along a line of an image.

Such a convolution does little with each number that it reads, so what counts is to read it once, and early: windows
that overlap slide, their sums moving on through registers, and the next line is fetched while this one is computed.
Which taps meet what is the same for all images, and along each axis by itself: it is looked up in a `Reach`. With the
right one, the input gradient is the same loop as the result, and the weight gradient needs no padding.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.convolution_reach import Reach, reach, reach_back
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.simd import Address, Code, Floats, Integer, address, fence, vector_function, worth_streaming
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last, window_count

_PRODUCTS = 1 << 17  # a thread's least share
_PARTS = 32  # most partial sums for the filters' gradient; as many whatever the number of threads, for the same bits
_TALL, _WIDE = 3, 5  # most taps whose weights stay in registers, down and right; larger filters are done in pieces

_IMAGES = "Array(float32, 4, 'A', True)"  # (N, H, W, C) at any strides, but with channels side by side
_FILTERS = "Array(float32, 3, 'C', True)"  # (KH, KW, C)
_TABLE = "Array(int64, 2, 'C', True)"

Taps = list[tuple[int, int]]


def _cases(code: Code, tall: Integer, wide: Integer, body: Callable[[Taps], None]) -> None:
    """Write code for each number of taps."""

    def write(case: int) -> None:
        rows, columns = divmod(case, _WIDE + 1)
        body([(a, b) for a in range(rows) for b in range(columns)])

    kinds = [a * (_WIDE + 1) + b for a in range(1, _TALL + 1) for b in range(1, _WIDE + 1)]
    code.choose(tall * (_WIDE + 1) + wide, kinds, write)


def _fetch(images: list[Address], taps: Taps, ahead: Integer) -> None:
    """Bring what the next line meets into the cache: two columns, for places are rarely further apart."""
    for image, (_, b) in zip(images, taps):
        if b < 2:
            (image + ahead).prefetch()


@vector_function
def slide_taps(
    code: Code,
    tall: Integer,
    wide: Integer,
    x: Address,
    x_down: Integer,
    x_right: Integer,
    columns: Integer,
    before: Integer,
    weight: Address,
    weight_down: Integer,
    weight_right: Integer,
    start: Address,
    start_step: Integer,
    y: Address,
    y_step: Integer,
    places: Integer,
    channels: Integer,
    streams: Integer,
) -> None:
    """For each place o, y[o] = start[o] + the sum over taps b of x[o + b - before] * weight[b], inside of x.

    Each column is read once: it is the last tap of a place, the last but one of the next place, and so on. The sums of
    as many places as there are taps move on through registers.
    """

    def write(taps: Taps) -> None:
        height, width = taps[-1][0] + 1, taps[-1][1] + 1
        below, nothing = [x_down * a for a in range(height + 1)], code.floats(0)
        late = before + (1 - width)  # column 0 completes this place,
        end = places + late * -1  # and this column would complete the one past the last
        first = late * -1  # completes place 0
        early, seen = first.at_most(columns), columns.at_most(end)

        def some_channels(c: Integer) -> None:
            weights = [(weight + (weight_down * a + weight_right * b + c)).load() for a, b in taps]

            def see(column: Address, sums: list[Floats]) -> list[Floats]:
                images, totals = [(column + row).load() for row in below[:-1]], [*sums, nothing]
                (column + below[-1]).prefetch()
                for (a, b), factor in zip(taps, weights):
                    totals[width - 1 - b] = images[a] * factor + totals[width - 1 - b]
                return totals

            def finish(begin: Address, place: Address, totals: list[Floats]) -> list[Any]:
                total = totals[0] + begin.load()
                if code.rest is None:
                    code.either(streams, lambda: place.stream(total), lambda: place.store(total))
                else:
                    place.store(total)
                return [begin + start_step, place + y_step, *totals[1:]]

            def fill(_: Integer, held: list[Any]) -> list[Any]:
                return finish(held[0], held[1], [nothing])

            def start_sums(_: Integer, held: list[Any]) -> list[Any]:
                column, *sums = held
                return [column + x_right, *see(column, sums)[1:]]

            def complete(_: Integer, held: list[Any]) -> list[Any]:
                column, begin, place, *sums = held
                return [column + x_right, *finish(begin, place, see(column, sums))]

            def pass_by(_: Integer, sums: list[Any]) -> list[Any]:
                return [*sums, nothing][1:]

            def complete_unseen(_: Integer, held: list[Any]) -> list[Any]:
                begin, place, *sums = held
                return finish(begin, place, [*sums, nothing])

            into = code.repeat(late.at_most(places), fill, [start + c, y + c])
            column, *sums = code.repeat(early, start_sums, [x + c, *[nothing] * (width - 1)])
            sums = code.repeat(first + columns * -1, pass_by, sums)
            _, *held = code.repeat(seen + early.at_least(0) * -1, complete, [column, *into, *sums])
            code.repeat(end + seen.at_least(first) * -1, complete_unseen, held)

        code.each(channels, some_channels)

    _cases(code, tall, wide, write)


@vector_function
def add_taps(
    code: Code,
    tall: Integer,
    wide: Integer,
    x: Address,
    x_down: Integer,
    x_right: Integer,
    x_step: Integer,
    x_ahead: Integer,
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
    """For each place, y = start + the sum over taps of x * weight."""

    def write(taps: Taps) -> None:
        def some_channels(c: Integer) -> None:
            weights = [(weight + (weight_down * a + weight_right * b + c)).load() for a, b in taps]

            def place(i: Integer, _: list[Floats]) -> None:
                total = (start + (i * start_step + c)).load()
                images = [x + (i * x_step + x_down * a + x_right * b + c) for a, b in taps]
                _fetch(images, taps, x_ahead)
                for image, factor in zip(images, weights):
                    total = image.load() * factor + total
                (y + (i * y_step + c)).store(total)

            code.repeat(places, place)

        code.each(channels, some_channels)

    _cases(code, tall, wide, write)


@vector_function
def slide_products(
    code: Code,
    tall: Integer,
    wide: Integer,
    x: Address,
    x_down: Integer,
    x_right: Integer,
    columns: Integer,
    before: Integer,
    g: Address,
    g_step: Integer,
    total: Address,
    total_down: Integer,
    windows: Integer,
    channels: Integer,
) -> None:
    """Add to `total` for each tap b the sum over windows o of g[o] * x[o + b - before], inside of x.

    Each column is read once, and each of `g`, for the windows of a column move on through registers.
    """

    def write(taps: Taps) -> None:
        height, width = taps[-1][0] + 1, taps[-1][1] + 1
        nothing = code.buffer()
        nothing.store(code.floats(0))

        def some_channels(c: Integer) -> None:
            places = [total + (total_down * a + channels * b + c) for a, b in taps]

            def grad(o: Integer, place: Address) -> Floats:
                return o.inside(windows, place, nothing).load()

            def see(column: Integer, held: list) -> list:
                images, place, *sums = held
                sums, grads = sums[: len(taps)], [grad(column + before, place), *sums[len(taps) :]]
                (images + x_down * height).prefetch()
                (place + g_step * windows).prefetch()
                seen = [(images + x_down * a).load() for a in range(height)]
                for n, (a, b) in enumerate(taps):
                    sums[n] = seen[a] * grads[b] + sums[n]
                return [images + x_right, place + g_step, *sums, *grads[:-1]]

            place = g + (before * g_step + c)
            held = [place.load() for place in places]
            held += [grad(before + -b, place + g_step * -b) for b in range(1, width)]
            seen = columns.at_most(windows + before * -1 + (width - 1))
            found = code.repeat(seen, see, [x + c, place, *held])
            for each, sums in zip(places, found[2:]):
                each.store(sums)

        code.each(channels, some_channels)

    _cases(code, tall, wide, write)


@vector_function
def add_products(
    code: Code,
    tall: Integer,
    wide: Integer,
    x: Address,
    x_down: Integer,
    x_right: Integer,
    x_step: Integer,
    x_ahead: Integer,
    g: Address,
    g_step: Integer,
    total: Address,
    total_down: Integer,
    windows: Integer,
    channels: Integer,
) -> None:
    """Add to `total` for each tap the sum over windows of g * x."""

    def write(taps: Taps) -> None:
        def some_channels(c: Integer) -> None:
            places = [total + (total_down * a + channels * b + c) for a, b in taps]

            def window(o: Integer, sums: list[Floats]) -> list[Floats]:
                grad = (g + (o * g_step + c)).load()
                images = [x + (o * x_step + x_down * a + x_right * b + c) for a, b in taps]
                _fetch(images, taps, x_ahead)
                return [image.load() * grad + total for image, total in zip(images, sums)]

            before = [place.load() for place in places]
            for place, found in zip(places, code.repeat(windows, window, before)):
                place.store(found)

        code.each(channels, some_channels)

    _cases(code, tall, wide, write)


_REACH = f"{_TABLE}, int64, int64, int64, int64"


@kernel(f"void({_IMAGES}, {_FILTERS}, Array(float32, 1, 'C', True), {_TABLE}, int64, int64, int64, {_REACH},"
        " float32[:, :, :, ::1], int64, int64, int64)")  # fmt: skip
def gather_lines(
    x, weight, bias, lines, ahead, fall, tap_fall, runs, apart, advance, gap, tap_gap, y, streams, start, stop
):  # fmt: skip
    """Lines of results, counted through all images; `lines` holds what each meets."""
    n_step, i_step, j_step = x.strides[0], x.strides[1] // 4, x.strides[2] // 4
    _, height, width, channels = y.shape
    below = weight.shape[1] * channels  # a weight is the next one
    for line in range(start, stop):
        n, (i, first_a, tall) = line // height, lines[line % height]
        for r in range(len(runs)):
            place, places, slides, j, first_b, wide = runs[r]
            seen = address(x) + n * n_step + 4 * i * i_step
            filters = address(weight) + 4 * (first_a * below + first_b * channels)
            out, begin, begin_step = address(y) + 4 * (line * width + place) * channels, address(bias), 0
            if tall == 0 or wide == 0:
                for p in range(places):
                    y[n, line % height, place + p * apart] = bias
            for a in range(0, tall, _TALL):
                for b in range(0, wide, _WIDE):
                    corner, column = seen + 4 * a * fall * i_step, j + b * gap
                    factors = filters + 4 * (a * tap_fall * below + b * tap_gap * channels)
                    taps = min(_TALL, tall - a), min(_WIDE, wide - b)
                    by_tap = factors, tap_fall * below, tap_gap * channels
                    into = begin, begin_step, out, apart * channels, places, channels
                    if slides:
                        slide_taps(*taps, corner, fall * i_step, j_step, x.shape[2], -column, *by_tap, *into, streams)
                    else:
                        corner += 4 * column * j_step
                        steps = fall * i_step, gap * j_step, advance * j_step, ahead * i_step
                        add_taps(*taps, corner, *steps, *by_tap, *into)
                    begin, begin_step = out, apart * channels
    if streams:
        fence()


@kernel(f"void({_IMAGES}, {_IMAGES}, {_TABLE}, int64, int64, {_TABLE}, int64, int64, int64, float32[:, :, :, ::1],"
        " int64, int64)")  # fmt: skip
def correlate_parts(grad, x, lines, ahead, fall, runs, advance, gap, lines_a_part, partial, start, stop):
    """Partial sums of the filters' gradient, each over some lines of windows."""
    n_step, i_step, j_step = x.strides[0], x.strides[1] // 4, x.strides[2] // 4
    images, height, g_step = grad.shape[0], grad.shape[1], grad.strides[2] // 4
    _, rows, columns, channels = partial.shape
    for part in range(start, stop):
        partial[part] = 0
        for line in range(part * lines_a_part, min((part + 1) * lines_a_part, images * height)):
            n, (i, first_a, tall) = line // height, lines[line % height]
            for r in range(len(runs)):
                place, windows, slides, j, first_b, wide = runs[r]
                seen = address(x) + n * n_step + 4 * i * i_step
                g = address(grad) + n * grad.strides[0] + line % height * grad.strides[1] + place * grad.strides[2]
                for a in range(0, tall, _TALL):
                    for b in range(0, wide, _WIDE):
                        tap = ((part * rows + first_a + a) * columns + first_b + b) * channels
                        corner, column = seen + 4 * a * fall * i_step, j + b * gap
                        taps = min(_TALL, tall - a), min(_WIDE, wide - b)
                        sums = address(partial) + 4 * tap, columns * channels, windows, channels
                        if slides:
                            slide_products(*taps, corner, fall * i_step, j_step, x.shape[2], -column, g, g_step, *sums)
                        else:
                            corner += 4 * column * j_step
                            steps = fall * i_step, gap * j_step, advance * j_step, ahead * i_step
                            add_products(*taps, corner, *steps, g, g_step, *sums)


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
    reaches = (down.places, down.advance, down.element_step, right.runs, right.advance, right.element_step)
    operands = (channels_last(grad), channels_last(x), *reaches, lines_a_part)
    run_slices(functools.partial(correlate_parts, *operands, partial), len(partial))
    return np.ascontiguousarray(partial.sum(axis=0).transpose(2, 0, 1))[:, None]


def _gathered(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, down: Reach, right: Reach) -> np.ndarray:
    """Sum over the taps that each place meets."""
    rows, (images, channels) = down.places, x.shape[:2]
    y = lined(images, len(rows), right.runs[:, 1].sum(), channels)
    filters = np.ascontiguousarray(weight[:, 0].transpose(1, 2, 0))  # (KH, KW, C)
    terms = np.zeros(channels, np.float32) if bias is None else bias
    streams = max(weight.shape[2:]) <= _TALL and worth_streaming(y)  # not what is added to
    run = functools.partial(gather_lines, channels_last(x), filters, terms, rows, *down[3:], *right[1:], y, streams)
    lines = images * len(rows)
    run_slices(run, lines, max(1, _PRODUCTS * lines // max(1, y.size * filters.size // channels)))
    return channels_first(y)
