"""The inner loops of matrix products: C = start + A B, with A read where it lies and B packed into panels.

After K. Goto and R. van de Geijn, Anatomy of high-performance matrix multiplication, 2008: a tile of C stays in
registers while a panel of B, `PANEL` columns wide and at most `DEPTH` rows deep, stays in the innermost cache.
Every element of C is one chain of fused multiply-adds along the inner axis, cut at multiples of `DEPTH`, whatever
tile or thread it falls to: results do not depend on the number of threads, nor a row's on the other rows.
"""

from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.simd import LANES, REGISTERS, Address, Code, Floats, Integer, vector_function

_VECTORS = 2
PANEL = _VECTORS * LANES
ROWS = 12 if REGISTERS >= 32 else 6  # of a tile: its sums, a row of B and one number of A fill the registers
DEPTH = 256  # a panel of this depth fits a first-level cache of 48 kB beside a tile of A


def _tile(
    code: Code,
    kind: Integer,
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
    """C = start + A[rows, depth] panel[depth, PANEL]; of `kind` rows, or `kind` - ROWS rows and LANES columns."""

    def write(kind: int) -> None:
        height, vectors = (kind, _VECTORS) if kind <= ROWS else (kind - ROWS, 1)
        lines = [a + a_row * i for i in range(height)]
        places = [(i, j) for i in range(height) for j in range(vectors)]

        def turn(k: Integer, sums: list[Floats]) -> list[Floats]:
            right = [(panel + k * PANEL + LANES * j).load() for j in range(vectors)]
            left = [(line + k * a_column).broadcast() for line in lines]
            return [left[i] * right[j] + total for (i, j), total in zip(places, sums)]

        first = [(start + start_row * i + LANES * j).load() for i, j in places]
        for (i, j), total in zip(places, code.repeat(depth, turn, first)):
            (c + c_row * i + LANES * j).store(total)

    code.choose(kind, range(1, 2 * ROWS + 1), write)


def _copy_edge(
    code: Code, source: Address, source_row: Integer, target: Address, target_row: Integer, rows: Integer,
    columns: Integer,
) -> None:  # fmt: skip
    """Copy fewer columns than PANEL."""

    def line(i: Integer, _: list[Floats]) -> None:
        before, after = source + i * source_row, target + i * target_row
        code.repeat(columns, lambda j, _: (after + j).copy_one(before + j))

    code.repeat(rows, line)


def _edge_tile(
    code: Code,
    kind: Integer,
    rows: Integer,
    columns: Integer,
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
    """`_tile` for the last panel, where it is not full: by way of a full tile."""
    whole, width = code.buffer(ROWS * _VECTORS), code.integer(PANEL)
    code.run(_copy_edge, start, start_row, whole, width, rows, columns)
    code.run(_tile, kind, a, a_row, a_column, panel, depth, whole, width, whole, width)
    code.run(_copy_edge, whole, width, c, c_row, rows, columns)


tile, edge_tile = vector_function(_tile), vector_function(_edge_tile)


@vector_function
def copy_panel(code: Code, source: Address, source_row: Integer, target: Address, rows: Integer) -> None:
    """Copy PANEL columns."""

    def turn(i: Integer, _: list[Floats]) -> None:
        for j in range(0, PANEL, LANES):
            (target + i * PANEL + j).store((source + i * source_row + j).load())

    code.repeat(rows, turn)


def transposed(square: list[Floats]) -> list[Floats]:
    """As many registers as a register has lanes, rows exchanged with columns."""
    square, distance = list(square), 1
    while distance < LANES:  # exchange the two off-diagonal blocks, of ever larger blocks
        for i in range(LANES):
            if not i & distance:
                one, other = square[i], square[i + distance]
                upper = [n if not n & distance else LANES + n - distance for n in range(LANES)]
                lower = [n + distance if not n & distance else LANES + n for n in range(LANES)]
                square[i], square[i + distance] = one.interleaved(other, upper), one.interleaved(other, lower)
        distance *= 2
    return square


@vector_function
def transpose_tiles(
    code: Code, source: Address, source_row: Integer, target: Address, rows: Integer, columns: Integer
) -> None:
    """Write rows as columns of a panel, `columns` being a multiple of LANES; a last row is repeated up to LANES."""
    lines = [source + source_row * code.integer(i).at_most(rows + -1) for i in range(LANES)]

    def turn(k: Integer, _: list[Floats]) -> None:
        for i, row in enumerate(transposed([(line + k).load() for line in lines])):
            (target + (k + i) * PANEL).store(row)

    code.repeat(columns, turn, step=LANES)


@vector_function
def copy_numbers(
    code: Code, source: Address, row: Integer, column: Integer, target: Address, rows: Integer, columns: Integer
) -> None:
    """Write part of a panel number by number."""

    def line(i: Integer, _: list[Floats]) -> None:
        code.repeat(columns, lambda j, _: (target + i * PANEL + j).copy_one(source + i * row + j * column))

    code.repeat(rows, line)


@kernel(f"void({', '.join(['int64'] * 6)})")
def pack(b, b_row, b_column, depth, columns, panels):
    """Write B[depth, columns], at any strides, as panels[columns / PANEL][depth][PANEL]."""
    for j in range(0, columns, PANEL):
        source, target, width = b + 4 * j * b_column, panels + 4 * j * depth, min(PANEL, columns - j)
        if b_column == 1 and width == PANEL:
            copy_panel(source, b_row, target, depth)
        elif b_row == 1:
            deep = depth // LANES * LANES
            for n in range(0, width, LANES):
                transpose_tiles(source + 4 * n * b_column, b_column, target + 4 * n, width - n, deep)
            copy_numbers(source + 4 * deep, 1, b_column, target + 4 * deep * PANEL, depth - deep, width)
        else:
            copy_numbers(source, b_row, b_column, target, depth, width)


@kernel(f"void({', '.join(['int64'] * 14)})")
def multiply(a, a_row, a_column, panels, depth, c, c_row, start, start_row, first, stop, step, height, columns):
    """C = start + A B for the rows i..i+height of i = first, first + step, ... below `stop`."""
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
                whole = left, a_row, a_column, panel, deep, after, c_row, before, start_row
                if width == PANEL:
                    tile(rows, *whole)
                elif width == LANES:
                    tile(rows + ROWS, *whole)
                else:
                    edge_tile(rows if width > LANES else rows + ROWS, rows, width, *whole)
