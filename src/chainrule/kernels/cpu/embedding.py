"""Rows of a table by number, and their gradients added up."""

import functools

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, as_rows, dense
from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.reference import embedding as reference

_ELEMENTS = 65536  # a thread's least share: some 20 microseconds
_LINE = 16  # elements of a cache line: threads that share one slow each other down


@kernel("void(Array(float32, 2, 'C', True), Array(int64, 1, 'C', True), float32[:, ::1], int64, int64)")
def embedding_rows(weight, ids, y, start, stop):
    for i in range(start, stop):
        row, out = weight[ids[i]], y[i]
        for j in range(row.size):
            out[j] = row[j]


@kernel("void(Array(float32, 2, 'C', True), Array(int64, 1, 'C', True), float32[:, ::1], int64, int64)")
def embedding_backward_columns(g, ids, dweight, start, stop):
    for v in range(dweight.shape[0]):
        dweight[v, start:stop] = np.float32(0)
    for i in range(ids.size):
        grad, row = g[i, start:stop], dweight[ids[i], start:stop]
        for j in range(row.size):
            row[j] += grad[j]


@functools.wraps(reference.embedding)
def embedding(weight: np.ndarray, ids: np.ndarray) -> np.ndarray:
    if not all_float32(weight) or weight.ndim != 2:
        return reference.embedding(weight, ids)
    places = _checked(ids, len(weight))
    y = np.empty((*ids.shape, weight.shape[1]), np.float32)
    run = functools.partial(embedding_rows, dense(weight), places, y.reshape(places.size, weight.shape[1]))
    run_slices(run, places.size, max(1, _ELEMENTS // max(1, weight.shape[1])))
    return y


@functools.wraps(reference.embedding_backward)
def embedding_backward(g: np.ndarray, ids: np.ndarray, rows: int) -> np.ndarray:
    if not all_float32(g):
        return reference.embedding_backward(g, ids, rows)
    places, width = _checked(ids, rows), g.shape[-1]
    dweight = np.empty((rows, width), np.float32)
    run = functools.partial(embedding_backward_columns, as_rows(g), places, dweight)
    # Each thread takes its own columns of all rows, so that a row's sum is made in the order of ids.
    grain = -(-_ELEMENTS // max(1, places.size + rows) // _LINE) * _LINE
    run_slices(run, width, max(_LINE, grain))
    return dweight


def _checked(ids: np.ndarray, rows: int) -> np.ndarray:
    """Dense, flat, int64 and inside the table: a kernel reads where they point."""
    places = dense(np.asarray(ids, dtype=np.int64)).reshape(-1)
    if places.size and (places.min() < 0 or places.max() >= rows):
        wrong = places[(places < 0) | (places >= rows)][0]
        raise IndexError(f"embedding expected ids from 0 to {rows - 1}, the rows of its table, but got {wrong}")
    return places
