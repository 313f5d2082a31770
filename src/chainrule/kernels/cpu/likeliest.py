"""The likeliest symbols of a search's step: scores are compared while they are in the cache, and never written down."""

import functools
from typing import Any, NamedTuple

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.gemm import PANEL, ROWS
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.products import READ_ROW, line_in, multiplying, packed
from chainrule.kernels.cpu.simd import LANES, Address, Code, Integer, address, call, vector_function
from chainrule.kernels.cpu.vectormath import exp
from chainrule.kernels.reference import likeliest as reference

_BLOCK = 8 * PANEL  # symbols whose scores are in the cache together

_READ = "Array(float32, 2, 'C', True)"
_READ_NUMBERS = "Array(int64, 1, 'C', True)"


class Packed(NamedTuple):
    """An output layer arranged for products."""

    panels: np.ndarray
    bias: np.ndarray  # (V,)


@vector_function
def add_powers(code: Code, line: Address, count: Integer, peak: Address, total: Address, largest: Address) -> None:
    """Bring a row's running peak and, lane by lane, its sum of exp(x - peak) up to date; largest: of each lane."""
    before = peak.load()
    (lanes,) = code.repeat(
        count, lambda j, most: [(line + j).load().larger(most[0])], [code.floats(-np.inf)], step=LANES
    )
    largest.store(lanes)
    highest = lanes.larger(before).across(lambda x, y: x.larger(y))
    base = highest.unless(highest, "<", -3e38, 0.0)
    (sums,) = code.repeat(
        count, lambda j, sums: [sums[0] + exp((line + j).load() - base)], [code.floats(0.0)], step=LANES
    )
    total.store(total.load() * exp(before - base) + sums)
    peak.store(highest)


@inlined
def insert(value, place, values, places):
    """Keep a value among the largest, of equal ones the first; it is as large as the last one."""
    at = values.size - 1
    if value == values[at] and place > places[at]:
        return
    while at > 0 and (values[at - 1] < value or (values[at - 1] == value and places[at - 1] > place)):
        values[at], places[at] = values[at - 1], places[at - 1]
        at -= 1
    values[at], places[at] = value, place


@kernel(
    f"void({_READ}, {READ_ROW}, {READ_ROW}, {_READ}, {_READ_NUMBERS}, int64[:, ::1], float32[:, ::1],"
    " int64, int64, int64, int64)"
)
def find_likeliest(x, panels, bias, offsets, never, places, log_probs, of_row, multiply, first, stop):
    """Sources first..stop; `of_row` is how many each hypothesis may contribute."""
    beams, depth, columns, keep = offsets.shape[1], x.shape[1], bias.size, places.shape[1]
    rows, top = (stop - first) * beams, first * beams
    height = -(-rows // -(-rows // ROWS))
    scores, starts = np.empty((rows, _BLOCK), np.float32), address(bias)
    state, lanes = np.zeros((rows, 2, LANES), np.float32), np.empty(LANES, np.float32)
    state[:, 0] = -np.inf
    best, found = np.full((rows, of_row), -np.inf, np.float32), np.full((rows, of_row), columns, np.int64)
    for j in range(0, columns, _BLOCK):
        width = min(_BLOCK, columns - j)
        into = address(scores), _BLOCK, starts + 4 * j, 0, 0, rows, height, height, width
        call(multiply, (address(x) + 4 * depth * top, depth, 1, line_in(address(panels)) + 4 * j * depth, depth, *into))
        whole = -(-width // LANES) * LANES
        for i in range(rows):
            line, values, own = scores[i], best[i], found[i]
            line[width:whole] = -np.inf
            add_powers(address(line), whole, address(state[i, 0]), address(state[i, 1]), address(lanes))
            for symbol in never:
                if j <= symbol < j + width:
                    line[symbol - j] = -np.inf
            for lane in range(LANES):
                if not lanes[lane] >= values[of_row - 1]:
                    continue
                for n in range(lane, width, LANES):
                    if line[n] >= values[of_row - 1]:
                        insert(line[n], j + n, values, own)
    for i in range(rows):
        total = np.float32(0)
        for lane in range(LANES):
            total += state[i, 1, lane]
        best[i] = (best[i] - state[i, 0, 0]) - np.log(total)
    taken = np.empty(beams, np.int64)
    for n in range(first, stop):
        taken[:] = 0
        for place in range(keep):
            chosen, highest = -1, np.float32(0)
            for w in range(beams):
                if taken[w] < of_row:
                    value = offsets[n, w] + best[(n - first) * beams + w, taken[w]]
                    if chosen < 0 or value > highest:
                        chosen, highest = w, value
            row, at = (n - first) * beams + chosen, taken[chosen]
            places[n, place] = chosen * columns + min(found[row, at], columns - 1)
            log_probs[n, place] = best[row, at]
            taken[chosen] += 1


@functools.wraps(reference.prepare_symbols)
def prepare_symbols(weight: np.ndarray, bias: np.ndarray | None) -> Any:
    if not all_float32(weight, bias) or not weight.size:
        return None
    return Packed(packed(weight.T), np.zeros(len(weight), np.float32) if bias is None else dense(bias))


@functools.wraps(reference.likeliest)
def likeliest(
    offsets: np.ndarray, x: np.ndarray, symbols: Any, keep: int, never: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    count, depth = len(x), x.shape[-1]
    places, log_probs = np.empty((count, keep), np.int64), np.empty((count, keep), np.float32)
    arrays = dense(x).reshape(-1, depth), *symbols, dense(offsets), never, places, log_probs
    of_row = min(keep, symbols.bias.size)
    run_slices(functools.partial(find_likeliest, *arrays, of_row, multiplying()), count)
    return places, log_probs
