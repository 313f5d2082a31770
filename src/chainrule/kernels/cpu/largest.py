"""The largest of many sums, in one pass: most blocks hold none that is large enough, and are passed over."""

import functools

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.softmax import row_max
from chainrule.kernels.reference import largest as reference

_BLOCK = 64
_ELEMENTS = 1 << 15  # that one thread looks through sooner than two


@kernel("void(Array(float32, 2, 'C', True), Array(float32, 3, 'C', True), int64[:, ::1], int64, int64)")
def largest_rows(offsets, values, places, first, stop):
    (_, width, count), keep = values.shape, places.shape[1]
    best = np.empty(keep, np.float32)
    for n in range(first, stop):
        found = 0
        for w in range(width):
            row, offset = values[n, w], offsets[n, w]
            for begin in range(0, count, _BLOCK):
                block = row[begin : min(begin + _BLOCK, count)]
                if found == keep and not offset + row_max(block) > best[keep - 1]:
                    continue
                for j in range(block.size):
                    value = offset + block[j]
                    if found == keep and not value > best[keep - 1]:
                        continue
                    at = min(found, keep - 1)
                    found = min(found + 1, keep)
                    while at > 0 and best[at - 1] < value:
                        best[at], places[n, at] = best[at - 1], places[n, at - 1]
                        at -= 1
                    best[at], places[n, at] = value, w * count + begin + j


@functools.wraps(reference.largest_sums)
def largest_sums(offsets: np.ndarray, values: np.ndarray, keep: int) -> np.ndarray:
    if not all_float32(offsets, values) or not values.size:
        return reference.largest_sums(offsets, values, keep)
    places = np.empty((len(values), keep), np.int64)
    grain = max(1, _ELEMENTS // values[0].size)
    run_slices(functools.partial(largest_rows, dense(offsets), dense(values), places), len(values), grain)
    return places
