"""A step of a search with an LSTM that looks back: each thread takes its own sources through all of it."""

import functools
from typing import Any, NamedTuple

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.mathfunctions import exp
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.cpu.pool import run_slices, thread_count
from chainrule.kernels.cpu.products import READ_ROW, even_height, line_in, multiplying, packed
from chainrule.kernels.cpu.recurrent_lstm import cell
from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, address, vector_function
from chainrule.kernels.cpu.simd import call as call_kernel
from chainrule.kernels.cpu.vectormath import tanh
from chainrule.kernels.reference import recurrent_search as reference

_READ = "Array(float32, 2, 'C', True)"
_READ_SOURCES = "Array(float32, 3, 'C', True)"
_READ_NUMBERS = "Array(int64, 1, 'C', True)"
_WRITE = "float32[:, ::1]"


class Packed(NamedTuple):
    """`SearchWeights` arranged for products."""

    w_hh: np.ndarray  # panels
    w_query: np.ndarray  # panels


@vector_function
def score_places(code: Code, query: Address, keys: Address, width: Integer, scores: Address, count: Integer) -> None:
    """Multiply `count` keys with the query; there is room for a register behind the scores."""

    def one(s: Integer, _: list[Floats]) -> None:
        def turn(j: Integer, sums: list[Floats]) -> list[Floats]:
            return [(keys + width * s + j).load() * (query + j).load() + sums[0]]

        (sums,) = code.repeat(width, turn, [code.floats(0.0)], step=LANES)
        (scores + s).store(sums.across(lambda x, y: x + y))  # all lanes; those after the first are written over

    code.repeat(count, one)


@vector_function
def average_places(code: Code, weights: Address, values: Address, width: Integer, y: Address, count: Integer) -> None:
    """The weighted sum of `count` values."""

    def column(j: Integer, _: list[Floats]) -> None:
        def turn(s: Integer, sums: list[Floats]) -> list[Floats]:
            return [(values + width * s + j).load() * (weights + s).broadcast() + sums[0]]

        (sums,) = code.repeat(count, turn, [code.floats(0.0)])
        (y + j).store(sums)

    code.repeat(width, column, step=LANES)


@vector_function
def tanh_line(code: Code, line: Address, count: Integer) -> None:
    """The hyperbolic tangent in place."""
    code.repeat(count, lambda j, _: (line + j).store(tanh((line + j).load())), step=LANES)


@kernel(
    f"void({_READ_NUMBERS}, {_READ}, {_READ}, {_READ}, {READ_ROW}, {READ_ROW}, {_READ_SOURCES}, {_READ_SOURCES},"
    f" {_READ_NUMBERS}, {', '.join([_WRITE] * 5)}, int64, int64, int64, int64)"
)
def take_steps(
    symbols, table, h, c, w_hh, w_query, keys, values, lengths, gates, found, looked, new_h, new_c, multiplying, height,
    first, stop,
):  # fmt: skip
    """Sources first..stop, all hypotheses of each."""
    (sources, places, width), wide = keys.shape, gates.shape[1]
    beams = len(h) // sources
    top, end, line = first * beams, stop * beams, 4 * width
    gates_at, found_at, h_at, c_at = address(gates), address(found), address(new_h), address(new_c)
    for i in range(top, end):
        gates[i] = table[symbols[i]]
    panels = line_in(address(w_hh)), width
    call_kernel(
        multiplying, (address(h), width, 1, *panels, gates_at, wide, gates_at, wide, top, end, height, height, wide)
    )
    room = np.empty(places + LANES, np.float32)
    for i in range(top, end):
        new = h_at + line * i
        cell(width, gates_at + 4 * wide * i, address(c) + line * i, c_at + line * i, new, new)
        source = i // beams
        count, memory = lengths[source], line * places * source
        score_places(new, address(keys) + memory, width, address(room), count)
        peak, total = room[0], np.float32(0)
        for s in range(1, count):
            peak = max(peak, room[s])
        for s in range(count):
            room[s] = exp(room[s] - peak)
            total += room[s]
        for s in range(count):
            room[s] /= total
            looked[i, s] = room[s]
        average_places(address(room), address(values) + memory, width, found_at + line * i, count)
    panels = line_in(address(w_query)), width
    call_kernel(
        multiplying, (h_at, width, 1, *panels, found_at, width, found_at, width, top, end, height, height, width)
    )
    tanh_line(found_at + line * top, (end - top) * width)


@functools.wraps(reference.prepare_search)
def prepare_search(w_hh: np.ndarray, w_query: np.ndarray) -> Any:
    if not all_float32(w_hh, w_query) or w_query.shape[1] % LANES:
        return reference.prepare_search(w_hh, w_query)
    return Packed(packed(w_hh.T), packed(w_query.T))


@functools.wraps(reference.search_step)
def search_step(
    symbols: np.ndarray,
    table: np.ndarray,
    h: np.ndarray,
    c: np.ndarray,
    weights: Any,
    keys: np.ndarray,
    values: np.ndarray,
    lengths: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    if not isinstance(weights, Packed):
        return reference.search_step(symbols, table, h, c, weights, keys, values, lengths)
    (count, beams, width), places = h.shape, keys.shape[1]
    rows = count * beams
    numbers = np.ascontiguousarray(symbols, np.int64).reshape(-1)
    old = dense(h).reshape(rows, width), dense(c).reshape(rows, width)
    gates, found, new_h, new_c = lined(rows, 4 * width), *(lined(rows, width) for _ in range(3))
    looked = np.zeros((rows, places), np.float32)
    sources = dense(keys), dense(values), np.ascontiguousarray(lengths, np.int64)
    parts = thread_count()
    arguments = numbers, dense(table), *old, *weights, *sources, gates, found, looked, new_h, new_c
    height = even_height(-(-count // parts) * beams, 1)
    run_slices(functools.partial(take_steps, *arguments, multiplying(), height), count)
    found, looked, new_h, new_c = (x.reshape(count, beams, -1) for x in (found, looked, new_h, new_c))
    return found, looked, new_h, new_c
