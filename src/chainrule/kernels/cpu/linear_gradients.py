"""All gradients of a linear map in one call: each thread takes some columns of both matrices, and some of the bias.

The columns of a panel of x give those of the weight's gradient, the columns of a panel of W those of the input's. Where
the input's is not wanted, each thread takes some of the weight's rows instead: they are what it reads again when the
optimiser and the next forward pass are shared out. Every element is the same chain of multiply-adds as in `gemm`, so
the bits are those of separate products.
"""

import functools
import math

import numpy as np

from chainrule.kernels.cpu.arrays import dense
from chainrule.kernels.cpu.column_sums import column_sums, sum_rows
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.gemm import PANEL
from chainrule.kernels.cpu.memory import LINE
from chainrule.kernels.cpu.pool import run_slices, thread_count
from chainrule.kernels.cpu.products import (
    READ_MATRIX,
    READ_ROW,
    even_height,
    line_in,
    multiplying,
    packing,
    product,
    steps,
)
from chainrule.kernels.cpu.rectifiers import clamp_backward
from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, address, call, vector_function

_MOST = 1 << 17  # elements of the incoming gradient, all of which pass by for every panel and must stay in a cache
_SMALL = 1 << 19  # multiply-adds that one thread does sooner than two
_NONE, _ZEROS = np.empty((0, 0), np.float32), np.zeros(PANEL, np.float32)


@inlined
def panel_product(transposed, g, b, j, width, panel, c, zeros, packing, multiplying, height):
    """Columns j..j + width of C = G B, or of G' B; nothing where C is empty."""
    if not c.size:
        return
    (row, column), (b_row, b_column), depth = steps(g), steps(b), b.shape[0]
    if transposed:
        row, column = column, row
    call(packing, (address(b) + 4 * j * b_column, b_row, b_column, depth, width, panel))
    into = panel, depth, address(c) + 4 * j, c.shape[1], address(zeros), 0
    call(multiplying, (address(g), row, column, *into, 0, c.shape[0], height, height, width))


@vector_function
def cut_off(
    code: Code, dx: Address, x: Address, x_row: Integer, width: Integer, rows: Integer, columns: Integer
) -> None:
    """The gradient of a rectified X is zero where X is not above zero."""

    def row(i: Integer, _: list[Floats]) -> None:
        into, line = dx + i * width, x + i * x_row

        def some(j: Integer) -> None:
            (into + j).store(code.floats(0.0).unless((line + j).load(), ">", 0.0, (into + j).load()))

        code.each(columns, some)

    code.repeat(rows, row)


@kernel(
    f"void({', '.join([READ_MATRIX] * 3)}, float32[:, ::1], float32[:, ::1], float32[::1], float32[:, ::1], {READ_ROW},"
    f" {', '.join(['int64'] * 9)})"
)
def backward_columns(
    g, x, weight, dx, dweight, dbias, panels, zeros, packing, multiplying, few, many, rectified, columns, grain,
    first, stop
):  # fmt: skip
    """Columns first..stop of dx = G W and dW = G' x, and as large a part of the sum of G's rows."""
    panel = line_in(address(panels[first // grain]))
    for j in range(first, stop, PANEL):
        width = min(PANEL, stop - j)
        panel_product(True, g, x, j, width, panel, dweight, zeros, packing, multiplying, many)
        panel_product(False, g, weight, j, width, panel, dx, zeros, packing, multiplying, few)
        if rectified and dx.size:
            cut_off(address(dx) + 4 * j, address(x) + 4 * j, steps(x)[0], dx.shape[1], len(x), width)
    if dbias.size:
        sum_rows(g, dbias, dbias.size * first // columns, dbias.size * stop // columns)


@kernel(
    f"void({READ_MATRIX}, {READ_MATRIX}, float32[:, ::1], float32[::1], float32[:, ::1], {READ_ROW},"
    f" {', '.join(['int64'] * 6)})"
)
def backward_rows(g, x, dweight, dbias, panels, zeros, packing, multiplying, height, grain, first, stop):
    """Rows first..stop of dW = G' x and of the sum of G's rows."""
    (row, column), (x_row, x_column), (rows, columns) = steps(g), steps(x), x.shape
    panel = line_in(address(panels[first // grain]))
    for j in range(0, columns, PANEL):
        width = min(PANEL, columns - j)
        call(packing, (address(x) + 4 * j * x_column, x_row, x_column, rows, width, panel))
        into = panel, rows, address(dweight) + 4 * j, columns, address(zeros), 0
        call(multiplying, (address(g), column, row, *into, first, stop, height, height, width))
    if dbias.size:
        sum_rows(g, dbias, first, stop)


def gradients(
    grad: np.ndarray, x: np.ndarray | None, weight: np.ndarray | None, with_bias: bool, rectified: bool = False
) -> tuple[np.ndarray | None, ...]:
    """Return the gradients of x W' + b; of x and the weight, one may be missing.

    Parameters
    ----------
    grad : ndarray of float32, shape (N, F)
        That of the result; at any strides.
    x : ndarray of float32, shape (N, D), or None
        At any strides; None if the weight's gradient is not wanted.
    weight : ndarray of float32, shape (F, D), or None
        At any strides; None if the input's gradient is not wanted.
    with_bias : bool
        Whether the bias's gradient is wanted.
    rectified : bool, default False
        Whether x is a rectified result, whose gradient is zero where x is.

    Returns
    -------
    tuple of ndarray or None
        Of shapes (N, D), (F, D) and (F,).
    """
    dx: np.ndarray | None = None
    dweight: np.ndarray | None = None
    if not 0 < grad.size <= _MOST:
        dx = None if weight is None else product(grad, weight)
        if rectified and dx is not None and x is not None:
            dx = clamp_backward(dx, x, 0.0, math.inf)
        return dx, None if x is None else product(grad.T, x), column_sums(grad) if with_bias else None
    dbias = np.empty(grad.shape[1] if with_bias else 0, np.float32)
    if weight is not None:
        dx, dweight = _of_both(grad, x, weight, dbias, rectified)
    elif x is not None:
        dweight = _of_weight(grad, x, dbias)
    return dx, dweight, dbias if with_bias else None


def _of_weight(grad: np.ndarray, x: np.ndarray, dbias: np.ndarray) -> np.ndarray:
    """The weight's gradient; the bias's goes to `dbias`, where that has room."""
    (rows, features), columns = grad.shape, x.shape[1]
    dweight = np.empty((features, columns), np.float32)
    parts = thread_count() if features * rows * columns >= _SMALL else 1
    height = even_height(features, parts)
    grain = -(-features // (parts * height)) * height
    panels = _room(parts, rows, columns)
    of_tiles = packing(), multiplying(), height, grain
    run_slices(functools.partial(backward_rows, grad, x, dweight, dbias, panels, _ZEROS, *of_tiles), features, grain)
    return dweight


def _of_both(
    grad: np.ndarray, x: np.ndarray | None, weight: np.ndarray, dbias: np.ndarray, rectified: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """The input's gradient and, where there is an input, the weight's."""
    (rows, features), columns = grad.shape, weight.shape[1]
    dx = np.empty((rows, columns), np.float32)
    dweight = _NONE if x is None else np.empty((features, columns), np.float32)
    parts = thread_count() if features * rows * columns * (1 if x is None else 2) >= _SMALL else 1
    grain = -(-columns // (parts * PANEL)) * PANEL
    inputs = grad, _NONE if x is None else dense(x) if rectified else x, weight
    room = _room(parts, max(rows, features), columns)
    of_tiles = packing(), multiplying(), even_height(rows, 1), even_height(features, 1)
    run = functools.partial(
        backward_columns, *inputs, dx, dweight, dbias, room, _ZEROS, *of_tiles, rectified, columns, grain
    )
    run_slices(run, columns, grain)
    return dx, None if x is None else dweight


def _room(parts: int, depth: int, columns: int) -> np.ndarray:
    """Memory for a panel a part; zeros where registers of the last one are not filled, as old bits may be slow."""
    shape = parts, PANEL * depth + LINE // 4
    return np.zeros(shape, np.float32) if columns % LANES else np.empty(shape, np.float32)
