"""Attention in tiles: a block of queries meets a block of keys, and no matrix of all their scores is ever made.

After T. Dao et al., FlashAttention, 2022 (arXiv 2205.14135): the softmax of a row is corrected as its maximum grows
from block to block; the backward pass computes the scores again from the saved logarithm of each row's sum. Products
run on the tiles of `gemm`, with queries read where they lie and keys and values packed once a head.
"""

import functools
import math

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32
from chainrule.kernels.cpu.attention_rows import copy_line, multiply_line, soften, weigh
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.gemm import DEPTH, PANEL, ROWS
from chainrule.kernels.cpu.memory import LINE, lined
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.products import line_in, multiplying, packing
from chainrule.kernels.cpu.simd import LANES, address, call
from chainrule.kernels.reference import attention as reference

_KEYS = DEPTH  # of a block: the depth of a panel of values
_QUERIES = 4 * ROWS  # of a block
_SMALL = 1 << 18  # multiply-adds that one thread does sooner than two
_ZERO, _ONE, _INFINITY = np.float32(0), np.float32(1), np.float32(np.inf)


@inlined
def rounded_up(columns):
    """To whole panels."""
    return -(-columns // PANEL) * PANEL


@inlined
def place_of(array, outer, inner):
    """Where a head begins."""
    return address(array) + outer * array.strides[0] + inner * array.strides[1]


@inlined
def row_step(array):
    """How many elements on the next row is."""
    return array.strides[2] // 4


@inlined
def tile_height(rows):
    """Rows of a tile, such that all tiles are nearly equal."""
    return -(-rows // -(-rows // ROWS))


@inlined
def seen_of(causal, row, first, count):
    """How many of `count` keys from the `first` on the query of this row sees."""
    return max(0, min(count, row - first + 1)) if causal else count


@inlined
def line_at(array, outer, inner, row, first):
    """Where part of a row begins, of an array whose first three axes may have length 1 for all."""
    outer, inner = outer if array.shape[0] > 1 else 0, inner if array.shape[1] > 1 else 0
    return place_of(array, outer, inner) + (row if array.shape[2] > 1 else 0) * array.strides[2] + 4 * first


@inlined
def beside(array, outer, inner, row, first, count, room, otherwise):
    """Where the part of a row can be read in whole registers: a copy in `room`, or `otherwise` if there is no array."""
    if array.shape[3] == 0:
        return otherwise
    copy_line(line_at(array, outer, inner, row, first), room, count)
    return room


@inlined
def room_for(count, cleared):
    """Memory in which a cache line is searched; zeros if asked for: where nothing is written, old bits may be NaN."""
    room = np.empty(count + LINE // 4, np.float32)
    if cleared:
        room[:] = _ZERO
    return room


@inlined
def registers(count):
    """Numbers in the registers that hold `count`."""
    return -(-count // LANES) * LANES


_LINE = _KEYS + LANES  # room for a row of a block
_ZEROS, _ONES, _SCALE, _LIMIT = (4 * _LINE * row for row in (0, 1, 2, 4))  # of `constants`, in bytes
_READ = "Array(float32, 4, 'A', True)"
_WRITE = "float32[:, :, :, :]"
_CALL = "Array(float32, 2, 'C', True), int64, int64, int64, int64, int64"  # constants, code, queries, first, stop


@kernel(f"void({', '.join([_READ] * 5)}, boolean, {_WRITE}, float32[:, :, ::1], {_CALL})")
def attend(
    query, key, value, bias, dropped, causal, y, log_sums, constants, packing, multiplying, queries, first, stop
):
    """Blocks of queries first..stop, counted through all heads."""
    heads, (rows, width), (count, wide) = query.shape[1], query.shape[2:], value.shape[2:]
    q_row, k_row, v_row, y_row = row_step(query), row_step(key), row_step(value), row_step(y)
    full, blocks, known = rounded_up(wide), -(-rows // queries), address(constants)
    panels = room_for(rounded_up(count) * (width + full), count % PANEL or wide % PANEL)
    scores, running = room_for((queries + 2) * _LINE, True), np.empty((2 * queries + 1, LANES), np.float32)
    keys_at, scores_at, peaks_at, packed = line_in(address(panels)), line_in(address(scores)), address(running), -1
    values_at, terms_at = keys_at + 4 * rounded_up(count) * width, scores_at + 4 * queries * _LINE
    totals_at, correction = peaks_at + 4 * queries * LANES, peaks_at + 8 * queries * LANES
    for unit in range(first, stop):
        head, begin = unit // blocks, unit % blocks * queries
        outer, inner, size = head // heads, head % heads, min(queries, rows - begin)
        height = tile_height(size)
        if head != packed:
            call(packing, (place_of(key, outer, inner), 1, k_row, width, count, keys_at))
            for k in range(0, count, _KEYS):
                source, deep = line_at(value, outer, inner, k, 0), min(_KEYS, count - k)
                call(packing, (source, v_row, 1, deep, wide, values_at + 4 * k * full))
            packed = head
        left, into = line_at(query, outer, inner, begin, 0), line_at(y, outer, inner, begin, 0)
        seen = min(count, begin + size) if causal else count
        running[:queries], running[queries:] = -_INFINITY, _ZERO
        for k in range(0, seen, _KEYS):
            deep, block = min(_KEYS, seen - k), min(_KEYS, count - k)
            of_block = scores_at, _LINE, known, 0, 0, size, height, height, min(rounded_up(deep), block)
            call(multiplying, (left, q_row, 1, keys_at + 4 * k * width, width, *of_block))
            for i in range(size):
                row, visible = begin + i, seen_of(causal, begin + i, k, deep)
                terms = beside(bias, outer, inner, row, k, visible, terms_at, known + _ZEROS)
                mask = beside(dropped, outer, inner, row, k, visible, terms_at + 4 * _LINE, known + _ONES)
                limit, peak, total = known + _LIMIT - 4 * visible, peaks_at + 4 * LANES * i, totals_at + 4 * LANES * i
                whole, parts = registers(visible), (known + _SCALE, terms, limit, mask, peak, total, correction)
                soften(scores_at + 4 * _LINE * i, whole, deep, *parts)
                if k:
                    multiply_line(into + 4 * y_row * i, correction, wide)
            for j in range(0, wide, PANEL):  # one by one: the panels are deeper than what is seen of them
                panel, out, start_row = values_at + 4 * (k * full + j * block), into + 4 * j, y_row if k else 0
                place = out, y_row, out if k else known, start_row, 0, size, height, height, min(PANEL, wide - j)
                call(multiplying, (scores_at, _LINE, 1, panel, deep, *place))
        for i in range(size):
            peak, total = running[i, 0], running[queries + i, 0]
            running[2 * queries, 0] = _ONE / total if total != _ZERO else _ZERO
            multiply_line(into + 4 * y_row * i, correction, wide)
            log_sums[outer, inner, begin + i] = np.log(total) + peak if total != _ZERO else _INFINITY


@kernel(
    f"void({', '.join([_READ] * 7)}, float32[:, :, ::1], boolean, {_WRITE}, {_WRITE}, {_WRITE}, {_CALL})",
    fastmath={"reassoc", "contract"},
)
def attend_backward(
    g, query, key, value, bias, dropped, y, log_sums, causal, dquery, dkey, dvalue, constants, packing, multiplying,
    queries, first, stop,
):  # fmt: skip
    """Heads first..stop, counted through both leading axes; the gradients of key and value begin with zeros."""
    heads, (rows, width), (count, wide) = query.shape[1], query.shape[2:], value.shape[2:]
    g_row, q_row, k_row, v_row = row_step(g), row_step(query), row_step(key), row_step(value)
    dq_row, dk_row, dv_row = row_step(dquery), row_step(dkey), row_step(dvalue)
    full, fully, known = rounded_up(width), rounded_up(wide), address(constants)
    size = rounded_up(count) * (width + wide) + count * full + queries * (full + fully)
    panels = room_for(size, count % PANEL or width % PANEL or wide % PANEL)
    scores, along = room_for((2 * queries + 2) * _LINE, True), np.empty(queries, np.float32)
    keys_at, weights_at = line_in(address(panels)), line_in(address(scores))
    terms_at = weights_at + 4 * queries * _LINE
    changes_at = terms_at + 8 * _LINE
    values_at = keys_at + 4 * rounded_up(count) * width
    rows_at = values_at + 4 * rounded_up(count) * wide
    query_at = rows_at + 4 * count * full
    grad_at = query_at + 4 * queries * full
    for head in range(first, stop):
        outer, inner = head // heads, head % heads
        call(packing, (place_of(key, outer, inner), 1, k_row, width, count, keys_at))
        call(packing, (place_of(value, outer, inner), 1, v_row, wide, count, values_at))
        for k in range(0, count, _KEYS):
            source, deep = line_at(key, outer, inner, k, 0), min(_KEYS, count - k)
            call(packing, (source, k_row, 1, deep, width, rows_at + 4 * k * full))
        for begin in range(0, rows, queries):
            size = min(queries, rows - begin)
            q_at, g_at = line_at(query, outer, inner, begin, 0), line_at(g, outer, inner, begin, 0)
            height, into = tile_height(size), line_at(dquery, outer, inner, begin, 0)
            call(packing, (q_at, q_row, 1, size, width, query_at))
            call(packing, (g_at, g_row, 1, size, wide, grad_at))
            for i in range(size):
                total = _ZERO
                for j in range(wide):
                    total += g[outer, inner, begin + i, j] * y[outer, inner, begin + i, j]
                along[i] = total
            seen = min(count, begin + size) if causal else count
            for k in range(0, seen, _KEYS):
                deep, block = min(_KEYS, seen - k), min(_KEYS, count - k)
                of_block = _LINE, known, 0, 0, size, height, height, min(rounded_up(deep), block)
                call(multiplying, (q_at, q_row, 1, keys_at + 4 * k * width, width, weights_at, *of_block))
                call(multiplying, (g_at, g_row, 1, values_at + 4 * k * wide, wide, changes_at, *of_block))
                for i in range(size):
                    row, visible = begin + i, seen_of(causal, begin + i, k, deep)
                    terms = beside(bias, outer, inner, row, k, visible, terms_at, known + _ZEROS)
                    mask = beside(dropped, outer, inner, row, k, visible, terms_at + 4 * _LINE, known + _ONES)
                    parts = known + _SCALE, terms, known + _LIMIT - 4 * visible, mask
                    sums = address(log_sums) + 4 * (head * rows + row), address(along) + 4 * i
                    line, whole = 4 * _LINE * i, registers(visible)
                    weigh(weights_at + line, changes_at + line, whole, deep, *parts, *sums)
                dk_at, dv_at = line_at(dkey, outer, inner, k, 0), line_at(dvalue, outer, inner, k, 0)
                tall = tile_height(deep)
                to_key = dk_at, dk_row, dk_at, dk_row, 0, deep, tall, tall, width
                call(multiplying, (changes_at, 1, _LINE, query_at, size, *to_key))
                to_value = dv_at, dv_row, dv_at, dv_row, 0, deep, tall, tall, wide
                call(multiplying, (weights_at, 1, _LINE, grad_at, size, *to_value))
                for j in range(0, width, PANEL):
                    panel, out, start_row = rows_at + 4 * (k * full + j * block), into + 4 * j, dq_row if k else 0
                    to_query = out, dq_row, out if k else known, start_row, 0, size, height, height
                    call(multiplying, (changes_at, _LINE, 1, panel, deep, *to_query, min(PANEL, width - j)))


_NOTHING = np.empty((1, 1, 1, 0), np.float32)


@functools.wraps(reference.attention)
def attention(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    bias: np.ndarray | None,
    dropped: np.ndarray | None,
    scale: float,
    causal: bool,
    save: bool,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
    if not _fits(query, key, value, bias, dropped):
        return reference.attention(query, key, value, bias, dropped, scale, causal, save)
    shape = (*query.shape[:-1], value.shape[-1])
    query, key, value = (_by_heads(x) for x in (query, key, value))
    (outer, heads, rows, width), (count, wide) = query.shape, value.shape[2:]
    y, log_sums = _heads_inside(outer, heads, rows, wide), np.empty((outer, heads, rows), np.float32)
    inputs = query, key, value, _bias_by_heads(bias, shape, count), _NOTHING if dropped is None else _by_heads(dropped)
    queries, constants, code = min(rows, _QUERIES), _constants(scale), (packing(), multiplying())
    run = functools.partial(attend, *inputs, causal, y, log_sums, constants, *code, queries)
    run_slices(run, outer * heads * -(-rows // queries), max(1, _SMALL // (queries * count * (width + wide))))
    averages = y.reshape(shape)
    return averages, (averages, log_sums.reshape(shape[:-1])) if save else None


@functools.wraps(reference.attention_backward)
def attention_backward(
    g: np.ndarray,
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    bias: np.ndarray | None,
    dropped: np.ndarray | None,
    scale: float,
    causal: bool,
    saved: tuple[np.ndarray, np.ndarray],
    wanted: tuple[bool, ...],
) -> tuple[np.ndarray | None, ...]:
    if wanted[3] or not _fits(query, key, value, bias, dropped) or not all_float32(g, *saved):
        return reference.attention_backward(g, query, key, value, bias, dropped, scale, causal, saved, wanted)
    shapes = query.shape, key.shape, value.shape
    averages, log_sums = saved
    g, query, key, value, y = (_by_heads(x) for x in (g, query, key, value, averages))
    (outer, heads, rows, width), (count, wide) = query.shape, value.shape[2:]
    gradients = [_heads_inside(outer, heads, *sizes) for sizes in ((rows, width), (count, width), (count, wide))]
    gradients[1][...] = gradients[2][...] = 0.0
    beside = _bias_by_heads(bias, averages.shape, count), _NOTHING if dropped is None else _by_heads(dropped)
    inputs = g, query, key, value, *beside, y, log_sums.reshape(outer, heads, rows)
    queries, constants, code = min(rows, _QUERIES), _constants(scale), (packing(), multiplying())
    run = functools.partial(attend_backward, *inputs, causal, *gradients, constants, *code, queries)
    run_slices(run, outer * heads, max(1, _SMALL // (2 * rows * count * (width + wide))))
    found = (x.reshape(shape) for x, shape in zip(gradients, shapes))
    return (*(x if want else None for x, want in zip(found, wanted)), None)


def _fits(query: np.ndarray, key: np.ndarray, value: np.ndarray, *others: np.ndarray | None) -> bool:
    """Whether the kernels can do it: float32, no broadcast batches, nothing empty."""
    return (
        all_float32(query, key, value, *others)
        and query.ndim > 1
        and query.shape[:-2] == key.shape[:-2] == value.shape[:-2]
        and all(x.size for x in (query, key, value))
    )


def _by_heads(x: np.ndarray) -> np.ndarray:
    """(..., heads, T, D) as four axes, whose rows are dense and lie at whole numbers of elements."""
    if (x.strides[-1] != 4 and x.shape[-1] > 1) or not x.flags.aligned or any(stride % 4 for stride in x.strides):
        x = x.copy()
    leading = x.shape[:-2]
    return x if x.ndim == 4 else x.reshape(math.prod(leading[:-1]), leading[-1] if leading else 1, *x.shape[-2:])


def _heads_inside(outer: int, heads: int, rows: int, width: int) -> np.ndarray:
    """Room for (outer, heads, rows, width) where a row's heads lie side by side, as they are joined afterwards."""
    return lined(outer, rows, heads, width).swapaxes(1, 2)


def _bias_by_heads(bias: np.ndarray | None, shape: tuple[int, ...], count: int) -> np.ndarray:
    """The bias with four axes, of which the first three may have length 1 for all."""
    if bias is None:
        return _NOTHING
    bias = bias.reshape((1,) * (len(shape) - bias.ndim) + bias.shape)
    if bias.shape[-1] != count or len(shape) > 4:
        bias = np.broadcast_to(bias, (*shape[:-2], bias.shape[-2], count))
    return _by_heads(bias)


def _constants(scale: float) -> np.ndarray:
    """Rows that kernels read: zeros, ones, the scale; infinity and then minus infinity, the limits of scores."""
    rows = np.empty((5, _LINE), np.float32)
    rows[:] = np.array([0.0, 1.0, scale, np.inf, -np.inf])[:, None]
    return rows
