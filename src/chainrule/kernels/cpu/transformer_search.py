"""A step of a search with a Transformer's decoder: each thread takes its own sources through all layers."""

import functools
from typing import Any, NamedTuple

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.attention_rows import copy_line
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.gemm import PANEL, ROWS
from chainrule.kernels.cpu.growth_rows import add_line, gelu_tanh_line, normal_row, rectify
from chainrule.kernels.cpu.growth_stack import ACTIVATIONS
from chainrule.kernels.cpu.memory import LINE, lined
from chainrule.kernels.cpu.past import CHUNK, Past
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.products import READ_ROW, multiplying, packed, packing, steps
from chainrule.kernels.cpu.simd import LANES, address, call
from chainrule.kernels.cpu.transformer_search_rows import add_place, score_place, soften_lines
from chainrule.kernels.reference import transformer_search as reference
from chainrule.kernels.reference.transformer_search import BesideWeights, LayerOptions

_READ_NUMBERS = "Array(int64, 1, 'C', True)"
_READ_TABLE = "Array(int64, 2, 'C', True)"
_READ_HEADS = "Array(float32, 4, 'A', True)"
_ROOM = "float32[:, ::1]"
_MATRICES = 6  # of `BesideWeights`, the first ones
_KEYS, _VALUES = 18, 19  # of a row of `Prepared.table`, after weights and biases in the order of `BesideWeights`


class Prepared(NamedTuple):
    """What is the same at all steps."""

    table: np.ndarray  # (layers, 20): where packed weights, biases, norms, keys and values of the sources begin
    kept: list  # the arrays that the table points to
    numbers: np.ndarray  # the width, epsilon, the scale of attention
    limits: np.ndarray  # (N, S in whole panels): infinity for a place that counts, else minus infinity
    sizes: tuple  # heads, S, width of the hidden layer, number of the activation, whether norms come first
    past: Past


@kernel(f"void({_READ_HEADS}, {_READ_HEADS}, {_ROOM}, {_ROOM}, int64, int64, int64)")
def pack_memories(keys, values, key_panels, value_panels, packing, first, stop):
    """Sources and heads first..stop: keys as columns, values as rows of the second factor of a product."""
    heads, places, width = keys.shape[1:]
    (key_row, key_column), (value_row, value_column) = steps(keys[0, 0]), steps(values[0, 0])
    for i in range(first, stop):
        source, head = i // heads, i % heads
        key = address(keys) + source * keys.strides[0] + head * keys.strides[1]
        value = address(values) + source * values.strides[0] + head * values.strides[1]
        panel = address(key_panels) + 4 * i * key_panels.shape[1]
        call(packing, (key, key_column, key_row, width, places, panel))
        panel = address(value_panels) + 4 * i * value_panels.shape[1]
        call(packing, (value, value_row, value_column, places, width, panel))


@inlined
def normalize(x, weight, bias, numbers, rows, width, y):
    """Rows of x."""
    for i in range(rows):
        place = 4 * width * i
        normal_row(x + place, weight, bias, numbers, numbers + 4, width, y + place)


@inlined
def product(multiply, x, y, rows, depth, columns, weight, bias):
    """y = bias + x weight, rows of y being dense."""
    height = -(-rows // -(-rows // ROWS))
    call(multiply, (x, depth, 1, weight, depth, y, columns, bias, 0, 0, rows, height, height, columns))


@inlined
def add_product(multiply, x, y, rows, depth, columns, weight, bias):
    """y += bias + x weight."""
    height = -(-rows // -(-rows // ROWS))
    for i in range(rows):
        add_line(y + 4 * columns * i, bias, columns)
    call(multiply, (x, depth, 1, weight, depth, y, columns, y, columns, 0, rows, height, height, columns))


@inlined
def look_back(roles, rows, heads, width, offset, known, new, chunks, size, scale, lines, scores, seen):
    """Self-attention of rows, whose keys and values join the past; these stand `offset` numbers behind a place."""
    before, part = known.shape[1], width // heads
    whole = -(-(before + 1) // LANES) * LANES
    line = whole + LANES
    zeros, limit, weights = address(lines), address(lines[1]), address(scores)
    places = np.empty(before + 1, np.int64)
    for i in range(rows):
        query, y, number = roles + 12 * width * i, seen + 4 * width * i, new + i
        for s in range(before):
            places[s] = chunks[known[i, s] // CHUNK] + known[i, s] % CHUNK * size
        places[before] = chunks[number // CHUNK] + number % CHUNK * size
        copy_line(query + 4 * width, places[before] + 4 * offset, 2 * width)
        for s in range(before + 1):
            key, ahead = places[s] + 4 * offset, places[min(s + 1, before)] + 4 * offset
            score_place(query, key, key + 4 * width, ahead, part, heads, weights + 4 * s, line)
        soften_lines(weights, heads, line, whole, scale, limit)
        copy_line(zeros, y, width)
        for s in range(before + 1):
            add_place(weights + 4 * s, line, places[s] + 4 * (offset + width), part, heads, y)


@inlined
def look_up(multiply, query, sources, beams, heads, width, count, limits, own, sizes, scale, lines, scores, seen):
    """Attention of the hypotheses of each source to its places, which are one product."""
    zeros, columns, part = address(lines), limits.shape[1], width // heads
    height = -(-beams // -(-beams // ROWS))
    weights = address(scores)
    for i in range(len(sources)):
        limit = address(limits) + 4 * columns * sources[i]
        for head in range(heads):
            pair, place = sources[i] * heads + head, 4 * (width * beams * i + part * head)
            keys, values = own[_KEYS] + 4 * sizes[0] * pair, own[_VALUES] + 4 * sizes[1] * pair
            into = weights, columns, zeros, 0, 0, beams, height, height, columns
            call(multiply, (query + place, width, 1, keys, part, *into))
            soften_lines(weights, beams, columns, columns, scale, limit)
            into = seen + place, width, zeros, 0, 0, beams, height, height, part
            call(multiply, (weights, columns, 1, values, count, *into))


@kernel(
    f"void({_ROOM}, float32[::1], {_READ_TABLE}, {_READ_NUMBERS}, {_READ_TABLE}, {_READ_NUMBERS},"
    f" Array(float32, 2, 'C', True), {READ_ROW}, {', '.join(['int64'] * 11)})"
)
def take_places(
    x, room, layers, chunks, known, sources, limits, numbers, heads, count, hidden, activation, norm_first, key_size,
    value_size, new, multiply, first, stop,
):  # fmt: skip
    """Sources first..stop: the rows of their hypotheses through all layers, in place."""
    (everything, width), (before, columns) = x.shape, (known.shape[1], limits.shape[1])
    beams = everything // len(sources)
    top, rows, line, block = first * beams, (stop - first) * beams, 4 * width, 4 * width * everything
    x_at, read, roles = (address(x) + line * top, address(room) + line * top, address(room) + block + 3 * line * top)
    seen, inner = address(room) + 4 * block + line * top, address(room) + 5 * block + 4 * hidden * top
    lines = np.zeros((2, max(before + 1, columns, width) + LANES), np.float32)  # zeros, limits of what is known
    lines[1, : before + 1], lines[1, before + 1 :] = np.inf, -np.inf
    scores = np.empty(max(beams * columns, heads * (before + 1 + 2 * LANES)), np.float32)
    mine, own_known = sources[first:stop], known[top : top + rows]
    known_at, scale = address(numbers), address(numbers) + 8
    for n in range(len(layers)):
        own = layers[n]
        source = x_at
        if norm_first:
            normalize(x_at, own[12], own[13], known_at, rows, width, read)
            source = read
        product(multiply, source, roles, rows, width, 3 * width, own[0], own[1])
        offset, size = 2 * width * n, 2 * line * len(layers)
        look_back(roles, rows, heads, width, offset, own_known, new + top, chunks, size, scale, lines, scores, seen)
        add_product(multiply, seen, x_at, rows, width, width, own[2], own[3])
        source = x_at
        if norm_first:
            normalize(x_at, own[14], own[15], known_at, rows, width, read)
            source = read
        else:
            normalize(x_at, own[12], own[13], known_at, rows, width, x_at)
        product(multiply, source, roles, rows, width, width, own[4], own[5])
        sizes = key_size, value_size
        look_up(multiply, roles, mine, beams, heads, width, count, limits, own, sizes, scale, lines, scores, seen)
        add_product(multiply, seen, x_at, rows, width, width, own[6], own[7])
        source = x_at
        if norm_first:
            normalize(x_at, own[16], own[17], known_at, rows, width, read)
            source = read
        else:
            normalize(x_at, own[14], own[15], known_at, rows, width, x_at)
        product(multiply, source, inner, rows, width, hidden, own[8], own[9])
        if activation == 1:
            rectify(inner, rows * hidden)
        else:
            gelu_tanh_line(inner, rows * hidden)
        add_product(multiply, inner, x_at, rows, hidden, width, own[10], own[11])
        if not norm_first:
            normalize(x_at, own[16], own[17], known_at, rows, width, x_at)


@functools.wraps(reference.prepare_places)
def prepare_places(
    layers: list[BesideWeights],
    memories: list[tuple[np.ndarray, np.ndarray]],
    visible: np.ndarray,
    options: LayerOptions,
) -> Any:
    if not _suits(layers, memories, options):
        return None
    (count, heads, places, part), hidden = memories[0][0].shape, len(layers[0].linear1[0])
    columns = -(-places // PANEL) * PANEL
    zeros, rows = np.zeros(max(3 * heads * part, hidden), np.float32), []
    kept: list[object] = [zeros]
    for own, (keys, values) in zip(layers, memories):
        pairs = [(packed(w.T) if w.ndim == 2 else dense(w), zeros if b is None else dense(b)) for w, b in own]
        rooms = [np.zeros((count * heads, n), np.float32) for n in _panel_sizes(places, part)]
        run_slices(functools.partial(pack_memories, keys, values, *rooms, packing()), count * heads)
        kept += [*pairs, rooms]
        matrices, norms = pairs[:_MATRICES], pairs[_MATRICES:]
        starts = [(-(-w.ctypes.data // LINE) * LINE, b.ctypes.data) for w, b in matrices]  # panels begin a line
        rows.append([*sum(starts, ()), *(array.ctypes.data for pair in (*norms, rooms) for array in pair)])
    limits = np.full((count, columns), -np.inf, np.float32)
    limits[:, :places][visible] = np.inf
    numbers = np.array([heads * part, options.eps, part**-0.5], np.float32)
    sizes = heads, places, hidden, ACTIVATIONS[options.activation], options.norm_first, *_panel_sizes(places, part)
    return Prepared(np.array(rows), kept, numbers, limits, sizes, Past(2 * heads * part * len(layers)))


def _panel_sizes(places: int, part: int) -> tuple[int, int]:
    """How many numbers the packed keys, and values, of a source's head are."""
    return -(-places // PANEL) * PANEL * part, -(-part // PANEL) * PANEL * places


def _suits(layers: list[BesideWeights], memories: list[tuple[np.ndarray, np.ndarray]], options: LayerOptions) -> bool:
    """Whether the kernel can do it: float32, whole registers, activations that it knows."""
    width, hidden = layers[0].linear1[0].shape[1], len(layers[0].linear1[0])
    arrays = [array for own in layers for pair in own for array in pair]
    return (
        options.activation in ACTIVATIONS
        and not (width % LANES or hidden % LANES or memories[0][0].shape[-1] % LANES)
        and memories[0][0].size > 0
        and all_float32(*arrays, *(part for pair in memories for part in pair))
    )


@functools.wraps(reference.read_places)
def read_places(x: np.ndarray, places: np.ndarray, sources: np.ndarray, prepared: Any) -> tuple[np.ndarray, np.ndarray]:
    table, _, numbers, limits, sizes, past = prepared
    count, beams, width = x.shape
    rows, hidden = count * beams, sizes[2]
    y, room = lined(rows, width), lined(rows * (5 * width + hidden))
    y[...] = x.reshape(rows, width)
    new = past.take(rows)
    known = dense(places).reshape(rows, -1)
    arrays = y, room, table, past.addresses(), known, np.ascontiguousarray(sources), limits, numbers
    run_slices(functools.partial(take_places, *arrays, *sizes, new, multiplying()), count)
    numbered = np.concatenate([known, np.arange(new, new + rows)[:, None]], axis=1)
    return y.reshape(x.shape), numbered.reshape(count, beams, -1)
