"""A step of all layers in one call: with few rows, Python between the kernels would take longer than they do.

`grow` goes from layer to layer and hands each product and each layer's heads to the threads by itself.
"""

import functools

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.few_rows import FEW, products_of_weights
from chainrule.kernels.cpu.growth_heads import look_back_head, room_beside
from chainrule.kernels.cpu.growth_rows import add_line, gelu_tanh_line, normal_row, rectify
from chainrule.kernels.cpu.pool import run_jobs
from chainrule.kernels.cpu.products import READ_ROW
from chainrule.kernels.cpu.sharing import load
from chainrule.kernels.cpu.simd import LANES, address, call, entry
from chainrule.kernels.reference.growth import LayerWeights

ACTIVATIONS = {"relu": 1, "gelu_tanh": 2}  # 0 is none
_PART = 1 << 15  # multiply-adds that one thread does sooner than two
_ADDRESSES = 16  # of a layer: weights and biases as in `LayerWeights`, keys and values before and after


@kernel("void(int64, int64, int64)")
def multiply_units(words, first, stop):
    """Columns of a product in units of LANES; `words` are the address of its numbers, as `hand_over` is given them."""
    rows, depth, columns = load(words), load(words + 8), load(words + 16)
    x, weight, start, y = load(words + 24), load(words + 32), load(words + 40), load(words + 48)
    residual, activation = load(words + 56), load(words + 64)
    for unit in range(first, stop):
        j = 4 * LANES * unit
        products_of_weights(rows, x, depth, weight + j * depth, depth, depth, start + j, y + j, columns)
        for i in range(rows):
            place = j + 4 * i * columns
            if residual:
                add_line(y + place, residual + place, LANES)
            if activation == 1:
                rectify(y + place, LANES)
            elif activation == 2:
                gelu_tanh_line(y + place, LANES)


@kernel("void(int64, int64, int64)")
def look_back_units(words, first, stop):
    """Heads of a layer, counted through all rows."""
    heads, before, width, roles = load(words), load(words + 8), load(words + 16), load(words + 24)
    keys, values, new_keys, new_values = load(words + 32), load(words + 40), load(words + 48), load(words + 56)
    scale, y, room = load(words + 64), load(words + 72), room_beside(before + 1)
    for head in range(first, stop):
        query, line = roles + 4 * width * (head // heads * 3 * heads + head % heads), 4 * head * width
        new = query, query + 4 * heads * width, query + 8 * heads * width
        old, after = before * line, (before + 1) * line
        known = keys + old, values + old, new_keys + after, new_values + after
        look_back_head(room, (*new, *known, before, width, width, scale, y + line))


@inlined
def normalize(x, weight, bias, numbers, rows, width, y):
    """All rows; few are normalised before another thread would have begun."""
    for i in range(rows):
        normal_row(x + 4 * width * i, weight, bias, numbers, numbers + 4, width, y + 4 * width * i)


@inlined
def hand_over(pool, job, words, numbers, count, grain):
    """Give a job to the threads, and wait until it is done."""
    for i in range(len(numbers)):
        words[i] = numbers[i]
    call(pool[0], (pool[1], pool[2], pool[3], grain, count, job, address(words)))


@kernel(f"void(int64[:, ::1], float32[:, ::1], float32[::1], {READ_ROW}, {', '.join(['int64'] * 11)})")
def grow(
    layers, x, room, numbers, heads, before, hidden, activation, norm_first, multiply, look_back, runner, workers,
    offer, parts,
):  # fmt: skip
    """All layers, x in place; `numbers` are the width of x, epsilon and the scale of attention."""
    (rows, width), pool, words = x.shape, (runner, workers, offer, parts), np.empty(_ADDRESSES, np.int64)
    known, x_at, inner_at, size = address(numbers), address(x), address(room), 4 * x.size
    read_at, roles_at, seen_at, hidden_at = (
        inner_at + size,
        inner_at + 2 * size,
        inner_at + 5 * size,
        inner_at + 6 * size,
    )
    scale, by_width, by_hidden = known + 8, _PART // (rows * width * LANES), _PART // (rows * hidden * LANES)
    for n in range(len(layers)):
        layer = layers[n]
        source = x_at
        if norm_first:
            normalize(x_at, layer[8], layer[9], known, rows, width, read_at)
            source = read_at
        product = rows, width, 3 * width, source, layer[0], layer[1], roles_at, 0, 0
        hand_over(pool, multiply, words, product, 3 * width // LANES, max(1, by_width))
        room[5 * x.size : 6 * x.size] = 0.0
        of_heads = heads, before, width // heads, roles_at, layer[12], layer[13], layer[14], layer[15], scale, seen_at
        hand_over(pool, look_back, words, of_heads, rows * heads, max(1, _PART // (width // heads * (before + 1))))
        product = rows, width, width, seen_at, layer[2], layer[3], inner_at, x_at, 0
        hand_over(pool, multiply, words, product, width // LANES, max(1, by_width))
        source = inner_at
        if norm_first:
            normalize(inner_at, layer[10], layer[11], known, rows, width, read_at)
            source = read_at
        else:
            normalize(inner_at, layer[8], layer[9], known, rows, width, inner_at)
        product = rows, width, hidden, source, layer[4], layer[5], hidden_at, 0, activation
        hand_over(pool, multiply, words, product, hidden // LANES, max(1, by_width))
        product = rows, hidden, width, hidden_at, layer[6], layer[7], x_at, inner_at, 0
        hand_over(pool, multiply, words, product, width // LANES, max(1, by_hidden))
        if not norm_first:
            normalize(x_at, layer[10], layer[11], known, rows, width, x_at)


_MATRIX, _KNOWN = "Array(float32, 2, 'C', True)", "Array(float32, 3, 'C', True)"
_PAIRS = f"{', '.join([_MATRIX, READ_ROW] * 4)}, {', '.join([READ_ROW] * 4)}"


@kernel(f"void({_PAIRS}, {_KNOWN}, {_KNOWN}, {_KNOWN}, {_KNOWN}, int64[::1])")
def write_addresses(a, b, c, d, e, f, g, h, i, j, k, m, keys, values, new_keys, new_values, row):
    """Where a layer's arrays begin; Numba finds out sooner than Python."""
    row[0], row[1], row[2], row[3] = address(a), address(b), address(c), address(d)
    row[4], row[5], row[6], row[7] = address(e), address(f), address(g), address(h)
    row[8], row[9], row[10], row[11] = address(i), address(j), address(k), address(m)
    row[12], row[13], row[14], row[15] = address(keys), address(values), address(new_keys), address(new_values)


def suits(x: np.ndarray, known: list, weights: list[LayerWeights], activation: str) -> bool:
    """Whether `grown` can do it: few rows, whole registers, dense float32 arrays."""
    width, part = x.shape[-1], known[0][0].shape[-1]
    return (
        activation in ACTIVATIONS
        and 0 < x.size <= FEW * width
        and not (width % LANES or part % LANES or weights[0].linear1[0].shape[0] % LANES)
        and all_float32(x, *(array for pair in known for array in pair))
        and all(array is None or _is_plain(array) for own in weights for pair in own for array in pair)
    )


def _is_plain(array: np.ndarray) -> bool:
    flags = array.flags
    return array.dtype == np.float32 and flags.c_contiguous and flags.aligned


def grown(
    x: np.ndarray, known: list, weights: list[LayerWeights], activation: str, norm_first: bool, eps: float
) -> tuple[np.ndarray, list]:
    """`layers_step` where it `suits`."""
    leading, width, hidden = x.shape[:-2], x.shape[-1], weights[0].linear1[0].shape[0]
    heads, before, part = known[0][0].shape[-3:]
    y = np.array(x, order="C").reshape(-1, width)
    table, units = np.empty((len(known), _ADDRESSES), np.int64), len(y) * heads
    kept, after = [], []
    zeros = np.zeros(max(3 * width, hidden), np.float32)
    for row, (keys, values), own in zip(table, known, weights):
        new = np.empty((units, before + 1, part), np.float32), np.empty((units, before + 1, part), np.float32)
        old = [dense(array).reshape(units, before, part) for array in (keys, values)]
        kept.append(old)  # until all is done: addresses hold nothing
        write_addresses(*[zeros if array is None else array for pair in own for array in pair], *old, *new, row)
        after.append(tuple(array.reshape(*leading, heads, before + 1, part) for array in new))
    room, numbers = np.empty(y.size * 6 + len(y) * hidden, np.float32), np.array([width, eps, part**-0.5], np.float32)
    options = heads, before, hidden, ACTIVATIONS[activation], norm_first, entry(multiply_units), entry(look_back_units)
    run_jobs(functools.partial(grow, table, y, room, numbers, *options))
    return y.reshape(x.shape), after
