"""Matrix products of float32 arrays, shared out among threads."""

import math
from functools import cache, lru_cache, partial

import numpy as np

from chainrule.kernels.cpu import gemm
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.gemm import PANEL, ROWS
from chainrule.kernels.cpu.memory import LINE
from chainrule.kernels.cpu.pool import run_slices, thread_count
from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, address, call, entry, vector_function

READ_MATRIX = "Array(float32, 2, 'A', True)"  # in the signatures of kernels: at any strides
READ_ROW = "Array(float32, 1, 'C', True)"
_BLOCK = 40 * ROWS  # rows of A whose part of a panel's depth stays in a second-level cache
_SMALL = 1 << 19  # multiply-adds that one thread does sooner than two
_SMALL_COPY = 1 << 17  # elements that one thread packs sooner than two


@inlined
def line_in(memory):
    """Where the first cache line begins."""
    return memory + -memory % LINE


@inlined
def steps(matrix):
    """How many elements on the next row and the next column are."""
    return matrix.strides[0] // 4, matrix.strides[1] // 4


@vector_function
def rectify(code: Code, c: Address, c_row: Integer, rows: Integer, columns: Integer) -> None:
    """What is below zero becomes zero; NaN stays."""

    def row(i: Integer, _: list[Floats]) -> None:
        line = c + i * c_row
        code.each(columns, lambda j: (line + j).store((line + j).load().at_least(0.0)))

    code.repeat(rows, row)


@kernel(f"void({READ_MATRIX}, float32[::1], int64, int64, int64)")
def pack_columns(b, panels, packing, first, stop):
    """Columns first..stop of B, `first` being a multiple of PANEL."""
    (row, column), depth = steps(b), b.shape[0]
    place = line_in(address(panels)) + 4 * first * depth
    call(packing, (address(b) + 4 * first * column, row, column, depth, stop - first, place))


@kernel(f"void({READ_MATRIX}, {READ_ROW}, float32[:, :], {READ_ROW}, {', '.join(['int64'] * 5)})")
def multiply_rows(a, panels, c, start, multiplying, height, rectified, first, stop):
    """Rows of C = start + A B, rectified or not."""
    (_, columns), depth, (row, column), c_row = c.shape, a.shape[1], steps(a), c.strides[0] // 4
    block = max(1, _BLOCK // height) * height
    for i in range(first, stop, block):
        into = line_in(address(panels)), depth, address(c), c_row, address(start), 0
        call(multiplying, (address(a), row, column, *into, i, min(i + block, stop), height, height, columns))
        if rectified:
            rectify(address(c) + 4 * i * c_row, c_row, min(block, stop - i), columns)


@kernel(f"void({READ_MATRIX}, {READ_MATRIX}, float32[:, ::1], float32[:, :], {READ_ROW}, {', '.join(['int64'] * 7)})")
def multiply_columns(a, b, panels, c, start, packing, multiplying, height, rectified, grain, first, stop):
    """Columns of C = start + A B, a panel of B at a time, which stays in the cache; `first` is one of `grain`."""
    rows, depth, (row, column), (b_row, b_column), c_row = c.shape[0], a.shape[1], steps(a), steps(b), c.strides[0] // 4
    panel = line_in(address(panels[first // grain]))
    for j in range(first, stop, PANEL):
        width = min(PANEL, stop - j)
        call(packing, (address(b) + 4 * j * b_column, b_row, b_column, depth, width, panel))
        into = panel, depth, address(c) + 4 * j, c_row, address(start) + 4 * j, 0
        call(multiplying, (address(a), row, column, *into, 0, rows, height, height, width))
        if rectified:
            rectify(address(c) + 4 * j, c_row, rows, width)


_READ_BATCH = "Array(float32, 4, 'A', True)"


@kernel(
    f"void({_READ_BATCH}, {_READ_BATCH}, float32[:, :, :, ::1], {READ_ROW}, float32[:, ::1],"
    f" {', '.join(['int64'] * 5)})"
)
def multiply_batch(a, b, c, zeros, panels, packing, multiplying, grain, first, stop):
    """Matrices first..stop of C = A B, counted through both leading axes."""
    (_, count, rows, columns), depth = c.shape, a.shape[3]
    (a_row, a_column), (b_row, b_column) = steps(a[0, 0]), steps(b[0, 0])
    height, place, packed = -(-rows // -(-rows // ROWS)), line_in(address(panels[first // grain])), 0
    for n in range(first, stop):
        outer, inner = n // count, n % count
        left = address(a) + outer * a.strides[0] + inner * a.strides[1]
        right = address(b) + outer * b.strides[0] + inner * b.strides[1]
        if right != packed:
            call(packing, (right, b_row, b_column, depth, columns, place))
            packed = right
        into = address(c) + 4 * n * rows * columns, columns, address(zeros), 0
        call(multiplying, (left, a_row, a_column, place, depth, *into, 0, rows, height, height, columns))


@cache
def packing() -> int:
    """Address of `gemm.pack`, for other kernels."""
    return entry(gemm.pack)


@cache
def multiplying() -> int:
    """Address of `gemm.multiply`, for other kernels."""
    return entry(gemm.multiply)


def packed(b: np.ndarray) -> np.ndarray:
    """Return B, shape (K, N) at any strides, in panels that begin at the first cache line of an array."""
    columns = b.shape[1]
    panels = _room(*b.shape)
    run_slices(partial(pack_columns, b, panels, packing()), columns, PANEL if b.size >= _SMALL_COPY else columns)
    return panels


def _room(depth: int, columns: int, *leading: int) -> np.ndarray:
    """Memory for panels; zeros where a register of the last one is not filled, for old bits may be slow numbers."""
    shape = (*leading, -(-columns // PANEL) * PANEL * depth + LINE // 4)
    return np.zeros(shape, np.float32) if columns % LANES else np.empty(shape, np.float32)


def product(
    a: np.ndarray,
    b: np.ndarray,
    start: np.ndarray | None = None,
    out: np.ndarray | None = None,
    rectified: bool = False,
) -> np.ndarray:
    """Return start + A B, or max(start + A B, 0).

    Parameters
    ----------
    a : ndarray of float32, shape (M, K)
        At any strides.
    b : ndarray of float32, shape (K, N)
        At any strides.
    start : ndarray of float32, shape (N,), contiguous, or None
        What is added to each row.
    out : ndarray of float32, shape (M, N), contiguous rows, or None
        Where to write.
    rectified : bool, default False
        Whether what is below zero becomes zero.

    Returns
    -------
    ndarray of float32, shape (M, N)
        `out`, or a new array.
    """
    (rows, depth), columns = a.shape, b.shape[1]
    c = np.empty((rows, columns), np.float32) if out is None else out
    if not depth or not c.size:
        c[...] = 0.0 if start is None else np.maximum(start, 0.0) if rectified else start
        return c
    start = np.zeros(columns, np.float32) if start is None else start
    parts = thread_count() if rows * depth * columns >= _SMALL else 1
    by_columns, height, grain = _division(rows, columns, parts)
    if by_columns:
        room = _room(depth, min(columns, PANEL), parts)
        run = partial(multiply_columns, a, b, room, c, start, packing(), multiplying(), height, rectified, grain)
        run_slices(run, columns, grain)
    else:
        run_slices(partial(multiply_rows, a, packed(b), c, start, multiplying(), height, rectified), rows, grain)
    return c


@lru_cache(1 << 10)
def _division(rows: int, columns: int, parts: int) -> tuple[bool, int, int]:
    """Whether columns are shared out, not rows; the rows of a tile; and how many of either go to a thread."""
    height, panels = even_height(rows, 1), -(-columns // PANEL)
    if rows <= _BLOCK and _share(panels, parts) <= _share(-(-rows // height), parts):
        return True, height, -(-panels // parts) * PANEL
    height = even_height(rows, parts)
    return False, height, height if parts > 1 else rows


def even_height(rows: int, parts: int, most: int = ROWS) -> int:
    """Rows of a tile, such that each of the parts gets as many tiles of nearly equal height."""
    return -(-rows // (parts * -(-rows // (parts * most))))


def _share(units: int, parts: int) -> float:
    """The part of the work that the busiest thread does."""
    return -(-units // parts) / units


def batch_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return A B for many matrices.

    Parameters
    ----------
    a : ndarray of float32, shape (B1, B2, M, K)
        At any strides, such as those of a broadcast array.
    b : ndarray of float32, shape (B1, B2, K, N)
        Likewise.

    Returns
    -------
    ndarray of float32, shape (B1, B2, M, N)
        The products.
    """
    (*leading, rows, depth), columns = a.shape, b.shape[-1]
    c = np.empty((*leading, rows, columns), np.float32)
    if not depth or not c.size:
        c[...] = 0.0
        return c
    count = math.prod(leading)
    grain = max(-(-count // thread_count()), min(count, -(-_SMALL // (4 * rows * columns * depth))))
    panels = _room(depth, columns, -(-count // grain))
    run = partial(multiply_batch, a, b, c, np.zeros(columns, np.float32), panels, packing(), multiplying(), grain)
    run_slices(run, count, grain)
    return c
