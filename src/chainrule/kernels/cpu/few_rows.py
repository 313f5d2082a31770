"""Products of a few rows with many weights, which are read once, where they lie.

A step of a search has so few rows that to pack the weights would take longer than the product. Every element is the
same chain of multiply-adds as in `gemm`, so a row's result is the same bits with few rows and with many.
"""

import functools

import numpy as np

from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.gemm import transposed
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.products import READ_ROW
from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, address, vector_function

FEW = 8  # rows, whose sums stay in registers beside a square of weights
_PART = 1 << 16  # multiply-adds that one thread does sooner than two


@vector_function
def products_of_weights(
    code: Code, rows: Integer, x: Address, x_row: Integer, weight: Address, w_row: Integer, depth: Integer,
    start: Address, y: Address, y_row: Integer,
) -> None:  # fmt: skip
    """y = start + x weight' for `LANES` rows of weights; `depth` is a multiple of LANES."""

    def write(rows: int) -> None:
        lines, weights = [x + x_row * i for i in range(rows)], [weight + w_row * j for j in range(LANES)]

        def turn(k: Integer, sums: list[Floats]) -> list[Floats]:
            for n, column in enumerate(transposed([(line + k).load() for line in weights])):
                sums = [(line + k + n).broadcast() * column + total for line, total in zip(lines, sums)]
            return sums

        for i, total in enumerate(code.repeat(depth, turn, [start.load()] * rows, step=LANES)):
            (y + y_row * i).store(total)

    code.choose(rows, range(1, FEW + 1), write)


@kernel(
    "void(Array(float32, 2, 'C', True), Array(float32, 2, 'C', True), "
    f"{READ_ROW}, float32[:, ::1], Array(float32, 2, 'C', True), {READ_ROW}, float32[:, ::1], int64, int64)"
)
def multiply_few(x, weight, start, y, last_weight, last_start, last_y, first, stop):
    """Columns first..stop of y, in units of LANES; the last unit's weights may be filled up with others."""
    (rows, depth), columns = x.shape, len(weight)
    for unit in range(first, stop):
        j = unit * LANES
        if j + LANES <= columns:
            of_unit = address(weight) + 4 * j * depth, depth, depth, address(start) + 4 * j, address(y) + 4 * j, columns
        else:
            of_unit = address(last_weight), depth, depth, address(last_start), address(last_y), LANES
        products_of_weights(rows, address(x), depth, *of_unit)


def few_rows(x: np.ndarray, weight: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """Return start + x weight' for up to `FEW` rows.

    Parameters
    ----------
    x : ndarray of float32, shape (M, K)
        The rows, dense; K is a multiple of `LANES`.
    weight : ndarray of float32, shape (N, K)
        Dense.
    start : ndarray of float32, shape (N,), contiguous, or None
        What is added to each row.

    Returns
    -------
    ndarray of float32, shape (M, N)
        The products.
    """
    (rows, depth), columns = x.shape, len(weight)
    y = np.empty((rows, columns), np.float32)
    start = np.zeros(columns, np.float32) if start is None else start
    left = columns % LANES
    last_weight, last_start = np.zeros((LANES if left else 0, depth), np.float32), np.zeros(LANES, np.float32)
    last_y = np.empty((rows, LANES), np.float32)
    if left:
        last_weight[:left], last_start[:left] = weight[-left:], start[-left:]
    run = functools.partial(multiply_few, x, weight, start, y, last_weight, last_start, last_y)
    run_slices(run, -(-columns // LANES), max(1, _PART // (LANES * rows * depth)))
    if left:
        y[:, -left:] = last_y[:, :left]
    return y
