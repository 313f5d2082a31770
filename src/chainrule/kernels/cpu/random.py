"""Threefry-2x32: many counters side by side in vector registers."""

import functools
import math
from typing import Any

import numpy as np

from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.reference import random as reference

_PAIRS = 4096  # counters of a row that make a unit of work
_UNITS = 4  # a thread's least share: some 20 microseconds
_PARITY = reference.PARITY


@inlined
def four_rounds(a, b, r0, r1, r2, r3):
    """Add, rotate, exclusive or; Numba widens 32-bit sums to 64 bits, hence the casts, which LLVM takes out again."""
    a = np.uint32(a + b)
    b = np.uint32(np.uint32(b << np.uint32(r0)) | (b >> np.uint32(32 - r0))) ^ a
    a = np.uint32(a + b)
    b = np.uint32(np.uint32(b << np.uint32(r1)) | (b >> np.uint32(32 - r1))) ^ a
    a = np.uint32(a + b)
    b = np.uint32(np.uint32(b << np.uint32(r2)) | (b >> np.uint32(32 - r2))) ^ a
    a = np.uint32(a + b)
    b = np.uint32(np.uint32(b << np.uint32(r3)) | (b >> np.uint32(32 - r3))) ^ a
    return a, np.uint32(b)


@inlined
def threefry(k0, k1, c0, c1):
    """The two words of one counter; five groups of four rounds, the key added after each."""
    k2 = np.uint32(_PARITY ^ k0 ^ k1)
    a, b = np.uint32(c0 + k0), np.uint32(c1 + k1)
    a, b = four_rounds(a, b, 13, 15, 26, 6)
    a, b = np.uint32(a + k1), np.uint32(b + k2 + np.uint32(1))
    a, b = four_rounds(a, b, 17, 29, 16, 24)
    a, b = np.uint32(a + k2), np.uint32(b + k0 + np.uint32(2))
    a, b = four_rounds(a, b, 13, 15, 26, 6)
    a, b = np.uint32(a + k0), np.uint32(b + k1 + np.uint32(3))
    a, b = four_rounds(a, b, 17, 29, 16, 24)
    a, b = np.uint32(a + k1), np.uint32(b + k2 + np.uint32(4))
    a, b = four_rounds(a, b, 13, 15, 26, 6)
    return np.uint32(a + k2), np.uint32(b + k0 + np.uint32(5))


@kernel("void(uint32, uint32, Array(uint32, 1, 'C', True), int64, uint32[:, ::1], int64, int64)")
def random_bits_units(k0, k1, rows, units, bits, start, stop):
    for unit in range(start, stop):
        counter, first = rows[unit // units], unit % units * _PAIRS
        out = bits[unit // units, 2 * first : min(2 * (first + _PAIRS), bits.shape[1])]
        for j in range(out.size // 2):
            a, b = threefry(k0, k1, counter, np.uint32(first + j))
            out[2 * j] = a
            out[2 * j + 1] = b
        if out.size % 2:
            out[-1] = threefry(k0, k1, counter, np.uint32(first + out.size // 2))[0]


@kernel("void(uint32, uint32, Array(uint32, 1, 'C', True), int64, uint32, float32, float32[:, ::1], int64, int64)")
def dropout_units(k0, k1, rows, units, last_kept, scale, mask, start, stop):
    zero = np.float32(0)
    for unit in range(start, stop):
        counter, first = rows[unit // units], unit % units * _PAIRS
        out = mask[unit // units, 2 * first : min(2 * (first + _PAIRS), mask.shape[1])]
        for j in range(out.size // 2):
            a, b = threefry(k0, k1, counter, np.uint32(first + j))
            out[2 * j] = scale if a <= last_kept else zero
            out[2 * j + 1] = scale if b <= last_kept else zero
        if out.size % 2:
            a, b = threefry(k0, k1, counter, np.uint32(first + out.size // 2))
            out[-1] = scale if a <= last_kept else zero


@functools.wraps(reference.random_bits)
def random_bits(key: np.ndarray, rows: np.ndarray, columns: int) -> np.ndarray:
    bits = np.empty((len(rows), columns), np.uint32)
    _run(random_bits_units, key, rows, bits)
    return bits


@functools.wraps(reference.dropout_mask)
def dropout_mask(key: np.ndarray, rows: np.ndarray, columns: int, keep_probability: float, dtype: Any) -> np.ndarray:
    last_kept = math.floor(keep_probability * 2**32) - 1
    if last_kept < 0 or dtype != np.float32:
        return reference.dropout_mask(key, rows, columns, keep_probability, dtype)
    mask = np.empty((len(rows), columns), np.float32)
    _run(dropout_units, key, rows, mask, last_kept, 1.0 / keep_probability)
    return mask


def _run(compiled, key, rows, out, *settings):
    """Cut the rows into units, which are what threads share: one long row has many."""
    units = -(-out.shape[1] // (2 * _PAIRS))
    rows = np.ascontiguousarray(rows, dtype=np.uint32)
    run = functools.partial(compiled, *map(int, key), rows, units, *settings, out)
    run_slices(run, len(rows) * units, max(1, _UNITS * 2 * _PAIRS // max(1, out.shape[1])) if units == 1 else _UNITS)
