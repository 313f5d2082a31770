"""Matrix products of float32: C = start + A B, with A read where it lies and B packed into panels.

After K. Goto and R. van de Geijn, Anatomy of high-performance matrix multiplication, 2008: a tile of C stays in
registers while a panel of B, `PANEL` columns wide and at most `DEPTH` rows deep, stays in the innermost cache.
Every element of C is one chain of fused multiply-adds along the inner axis, cut at multiples of `DEPTH`, whatever
tile or thread it falls to: results do not depend on the number of threads, nor a row's on the other rows.
"""

import math

import numpy as np

from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.pool import run_slices, thread_count
from chainrule.kernels.cpu.simd import LANES, REGISTERS, Address, Code, Floats, Integer, call, entry, vector_function

_VECTORS = 2
PANEL = _VECTORS * LANES
ROWS = 12 if REGISTERS >= 32 else 6  # of a tile: its sums, a row of B and one number of A fill the registers
DEPTH = 256  # a panel of this depth fits a first-level cache of 48 kB beside a tile of A
_BLOCK = 40 * ROWS  # rows of A whose part of this depth stays in a second-level cache
_SMALL = 1 << 20  # multiply-adds that one thread does sooner than two
_SMALL_COPY = 1 << 17  # elements that one thread packs sooner than two


@vector_function
def tile(
    code: Code,
    rows: Integer,
    a: Address,
    a_row: Integer,
    a_column: Integer,
    panel: Address,
    depth: Integer,
    c: Address,
    c_row: Integer,
    start: Address,
    start_row: Integer,
) -> None:
    """C[rows, PANEL] = start + A[rows, depth] panel[depth, PANEL], for 1 to ROWS rows."""

    def write(height: int) -> None:
        lines = [a + a_row * i for i in range(height)]
        places = [(i, j) for i in range(height) for j in range(_VECTORS)]

        def turn(k: Integer, sums: list[Floats]) -> list[Floats]:
            right = [(panel + k * PANEL + LANES * j).load() for j in range(_VECTORS)]
            left = [(line + k * a_column).broadcast() for line in lines]
            return [left[i] * right[j] + total for (i, j), total in zip(places, sums)]

        first = [(start + start_row * i + LANES * j).load() for i, j in places]
        for (i, j), total in zip(places, code.repeat(depth, turn, first)):
            (c + c_row * i + LANES * j).store(total)

    code.choose(rows, range(1, ROWS + 1), write)


@vector_function
def copy_panel(code: Code, source: Address, source_row: Integer, target: Address, rows: Integer) -> None:
    """Copy PANEL columns."""

    def turn(i: Integer, _: list[Floats]) -> list[Floats]:
        for j in range(0, PANEL, LANES):
            (target + i * PANEL + j).store((source + i * source_row + j).load())
        return []

    code.repeat(rows, turn)


@vector_function
def transpose_tiles(code: Code, source: Address, source_row: Integer, target: Address, columns: Integer) -> None:
    """Write LANES rows as LANES columns of a panel; `columns` is a multiple of LANES."""

    def turn(k: Integer, _: list[Floats]) -> list[Floats]:
        rows = [(source + source_row * i + k).load() for i in range(LANES)]
        distance = 1
        while distance < LANES:  # exchange the two off-diagonal blocks, of ever larger blocks
            for i in range(LANES):
                if not i & distance:
                    one, other = rows[i], rows[i + distance]
                    upper = [n if not n & distance else LANES + n - distance for n in range(LANES)]
                    lower = [n + distance if not n & distance else LANES + n for n in range(LANES)]
                    rows[i], rows[i + distance] = one.interleaved(other, upper), one.interleaved(other, lower)
            distance *= 2
        for i, row in enumerate(rows):
            (target + (k + i) * PANEL).store(row)
        return []

    code.repeat(columns, turn, step=LANES)


@vector_function
def copy_block(
    code: Code,
    source: Address,
    source_row: Integer,
    source_column: Integer,
    target: Address,
    target_row: Integer,
    rows: Integer,
    columns: Integer,
) -> None:
    """Copy numbers one by one, for the edges."""

    def line(i: Integer, _: list[Floats]) -> list[Floats]:
        def element(j: Integer, _: list[Floats]) -> list[Floats]:
            (target + i * target_row + j).copy_one(source + i * source_row + j * source_column)
            return []

        code.repeat(columns, element)
        return []

    code.repeat(rows, line)


@kernel(f"void({', '.join(['int64'] * 6)})")
def pack(b, b_row, b_column, depth, columns, panels):
    """Write B[depth, columns], at any strides, as panels[columns / PANEL][depth][PANEL]."""
    for j in range(0, columns, PANEL):
        source, target, width = b + 4 * j * b_column, panels + 4 * j * depth, min(PANEL, columns - j)
        if b_column == 1 and width == PANEL:
            copy_panel(source, b_row, target, depth)
        elif b_row == 1:
            wide, deep = width // LANES * LANES, depth // LANES * LANES
            for n in range(0, wide, LANES):
                transpose_tiles(source + 4 * n * b_column, b_column, target + 4 * n, deep)
            copy_block(source + 4 * wide * b_column, 1, b_column, target + 4 * wide, PANEL, deep, width - wide)
            copy_block(source + 4 * deep, 1, b_column, target + 4 * deep * PANEL, PANEL, depth - deep, width)
        else:
            copy_block(source, b_row, b_column, target, PANEL, depth, width)


@kernel(f"void({', '.join(['int64'] * 14)})")
def multiply(a, a_row, a_column, panels, depth, c, c_row, start, start_row, first, stop, step, height, columns):
    """C = start + A B for the rows i..i+height of i = first, first + step, ... below `stop`."""
    spare = np.empty(ROWS * PANEL, np.float32)  # the last panel goes through it where it is not full
    through = np.int64(spare.ctypes.data)
    for k in range(0, depth, DEPTH):
        deep = min(DEPTH, depth - k)
        if k:
            start, start_row = c, c_row
        for j in range(0, columns, PANEL):
            panel, width = panels + 4 * (j * depth + k * PANEL), min(PANEL, columns - j)
            for i in range(first, stop, step):
                rows = min(height, stop - i)
                left = a + 4 * (i * a_row + k * a_column)
                before, after = start + 4 * (i * start_row + j), c + 4 * (i * c_row + j)
                if width == PANEL:
                    tile(rows, left, a_row, a_column, panel, deep, after, c_row, before, start_row)
                else:
                    copy_block(before, start_row, 1, through, PANEL, rows, width)
                    tile(rows, left, a_row, a_column, panel, deep, through, PANEL, through, PANEL)
                    copy_block(through, PANEL, 1, after, c_row, rows, width)


@kernel(f"void(Array(int64, 2, 'C', True), {', '.join(['int64'] * 13)})")
def multiply_batch(
    places, rows, a_row, a_column, depth, b_row, b_column, columns, zeros, panels, packing, multiplying, first, stop
):
    """C = A B for many matrices; a row of `places` holds the addresses of an A, its B and its C."""
    height = -(-rows // -(-rows // ROWS))
    for n in range(first, stop):
        a, b, c = places[n]
        if n == first or b != places[n - 1, 1]:
            call(packing, (b, b_row, b_column, depth, columns, panels))
        whole = a, a_row, a_column, panels, depth, c, columns, zeros, 0, 0, rows, height, height, columns
        call(multiplying, whole)


def aligned(*shape: int) -> np.ndarray:
    """Make an uninitialised float32 array that begins a cache line: registers are then read from one line each."""
    count = math.prod(shape)
    memory = np.empty(count + 16, np.float32)
    skip = -memory.ctypes.data % 64 // 4
    return memory[skip : skip + count].reshape(shape)


def steps_of(matrix: np.ndarray) -> tuple[int, int]:
    """How many elements on the next row and the next column are."""
    row, column = matrix.strides[-2:]
    return row // 4, column // 4


def packed(b: np.ndarray) -> np.ndarray:
    """Return B, shape (K, N) at any strides, in panels for `multiply`."""
    depth, columns = b.shape
    panels = aligned(-(-columns // PANEL) * PANEL * depth)
    (row, column), source, target = steps_of(b), b.ctypes.data, panels.ctypes.data

    def pack_columns(first: int, stop: int) -> None:
        pack(source + 4 * first * column, row, column, depth, stop - first, target + 4 * first * depth)

    if b.size < _SMALL_COPY:
        pack_columns(0, columns)
    else:
        run_slices(pack_columns, columns, PANEL)
    return panels


def product(a: np.ndarray, b: np.ndarray, start: np.ndarray | None = None, out: np.ndarray | None = None) -> np.ndarray:
    """Return start + A B.

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

    Returns
    -------
    ndarray of float32, shape (M, N)
        `out`, or a new array.
    """
    (rows, depth), columns = a.shape, b.shape[1]
    c = np.empty((rows, columns), np.float32) if out is None else out
    if not depth or not c.size:
        c[...] = 0.0 if start is None else start
        return c
    panels, begin = packed(b), np.zeros(columns, np.float32) if start is None else start
    places = a.ctypes.data, *steps_of(a), panels.ctypes.data, c.ctypes.data, steps_of(c)[0], begin.ctypes.data
    _in_parallel(places, rows, depth, columns)
    return c


def _in_parallel(places: tuple[int, ...], rows: int, depth: int, columns: int) -> None:
    """Share out rows or columns of a product, whichever gives the busiest thread less."""
    a, a_row, a_column, panels, c, c_row, start = places
    parts = thread_count() if rows * columns * depth >= _SMALL else 1
    tiles = parts * -(-rows // (parts * ROWS))
    height = -(-rows // tiles)

    def some_rows(first: int, stop: int) -> None:
        for i in range(first, stop, _BLOCK):
            last = min(i + _BLOCK, stop)
            multiply(a, a_row, a_column, panels, depth, c, c_row, start, 0, i, last, height, height, columns)

    def some_columns(first: int, stop: int) -> None:
        panel, into, begin = panels + 4 * first * depth, c + 4 * first, start + 4 * first
        multiply(a, a_row, a_column, panel, depth, into, c_row, begin, 0, 0, rows, height, height, stop - first)

    if parts == 1:
        some_rows(0, rows)
    elif _share(-(-rows // height), parts) <= _share(-(-columns // PANEL), parts):
        run_slices(some_rows, rows, height)
    else:
        run_slices(some_columns, columns, PANEL)


def _share(units: int, parts: int) -> float:
    """The part of the work that the busiest thread does."""
    return -(-units // parts) / units


def batch_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return A B for float32 arrays (..., M, K) and (..., K, N) with the same leading axes, at any strides."""
    (*leading, rows, depth), columns = a.shape, b.shape[-1]
    c = np.empty((*leading, rows, columns), np.float32)
    if not depth or not c.size:
        c[...] = 0.0
        return c
    places = np.stack([_addresses(each) for each in (a, b, c)], axis=1)  # (count, 3)
    zeros, codes = np.zeros(columns, np.float32), (entry(pack), entry(multiply))

    def some(first: int, stop: int) -> None:
        panels = aligned(-(-columns // PANEL) * PANEL * depth)
        shape = rows, *steps_of(a), depth, *steps_of(b), columns
        multiply_batch(places, *shape, zeros.ctypes.data, panels.ctypes.data, *codes, first, stop)

    run_slices(some, len(places), max(1, _SMALL // (rows * columns * depth)))
    return c


def _addresses(matrices: np.ndarray) -> np.ndarray:
    """Where each matrix of (..., M, N) begins, in order."""
    places = np.array(matrices.ctypes.data, np.int64)
    for count, stride in zip(matrices.shape[:-2], matrices.strides):
        places = places[..., None] + np.arange(count) * stride
    return places.reshape(-1)
