"""Sums of a matrix's rows, each column from the first row on."""

import functools

import numpy as np

from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.pool import run_slices

_COLUMNS = 64  # of a thread at least


@inlined
def sum_rows(x, sums, first, stop):
    """Columns first..stop of the sum of all rows."""
    total = sums[first:stop]
    total[:] = np.float32(0)
    for row in x:
        numbers = row[first:stop]
        for j in range(total.size):
            total[j] += numbers[j]


@kernel("void(Array(float32, 2, 'A', True), float32[::1], int64, int64)")
def add_rows(x, sums, first, stop):
    sum_rows(x, sums, first, stop)


def column_sums(x: np.ndarray) -> np.ndarray:
    """Sum the rows of a float32 matrix, shape (M, N) at any strides, each thread some of the columns."""
    sums = np.empty(x.shape[1], np.float32)
    run_slices(functools.partial(add_rows, x, sums), x.shape[1], _COLUMNS)
    return sums
