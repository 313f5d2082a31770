"""Winograd's transforms of tiles, filters and gradients, as vector code.

A one-dimensional convolution with r taps and m results is a product of polynomials, found by evaluating both at
m + r - 1 points, multiplying, and interpolating; transposed, this is ``y = A^T [(G g) * (B^T d)]`` (A. L. Toom 1963;
S. Winograd, Arithmetic complexity of computations, 1980; A. Lavin and S. Gray, arXiv:1509.09308). Applied to both axes,
a tile of m x m results takes (m + r - 1)^2 products instead of m^2 r^2. Tiles have 4 x 4 results: with the points 0, 1,
-1, 2, -2 and infinity 6 x 6 numbers for filters of 3 x 3, and with 1/2 and -1/2 too 8 x 8 for those of 5 x 5. All are
powers of two, which multiply without an error.
"""

from collections.abc import Callable, Sequence

import numpy as np

from chainrule.kernels.cpu.compiler import inlined
from chainrule.kernels.cpu.gemm import PANEL
from chainrule.kernels.cpu.memory import LINE
from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, vector_function

RESULTS = 4  # of an axis of a tile
_ROOTS = {3: (0.0, 1.0, -1.0, 2.0, -2.0), 5: (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)}  # the points but infinity

Matrix = list[list[float]]
Registers = list[Floats]


def side_of(taps: int) -> int:
    """How many numbers an axis of a tile has, for filters of this length."""
    return RESULTS + taps - 1


def interpolating(taps: int) -> Matrix:
    """A^T, (RESULTS, side): a column is the powers of a point; of infinity, only the highest."""
    powers = [[point**i for point in _ROOTS[taps]] for i in range(RESULTS)]
    return [[*row, float(i == RESULTS - 1)] for i, row in enumerate(powers)]


def evaluating_filters(taps: int) -> Matrix:
    """G, (side, taps): a row is the powers of a point, over its distances from the others."""
    points = _ROOTS[taps]
    norms = [float(np.prod([p - q for q in points if q != p])) for p in points]
    rows = [[point**j / norm for j in range(taps)] for point, norm in zip(points, norms)]
    return [*rows, [float(j == taps - 1) for j in range(taps)]]


def evaluating_images(taps: int) -> Matrix:
    """B^T, (side, side): a row is the polynomial that is zero at the other points."""
    points = _ROOTS[taps]
    polynomials = [np.poly([q for q in points if q != p])[::-1] for p in points]
    return [[*map(float, row), 0.0] for row in polynomials] + [[*map(float, np.poly(points)[::-1])]]


def transposed(matrix: Matrix) -> Matrix:
    """Rows for columns."""
    return [list(column) for column in zip(*matrix)]


def _pairs(side: int) -> list[tuple[int, int]]:
    """Points that differ in the sign: their even powers are equal, their odd ones opposite."""
    return [(i, i + 1) for i in range(1, side - 1, 2)]


def _combination(terms: Sequence[tuple[float, Floats]]) -> Floats:
    """Sum of coefficient * register; zeros are left out, ones not multiplied."""
    kept = sorted((term for term in terms if term[0]), key=lambda term: term[0] != 1)
    (first, total), *others = kept
    total = total if first == 1 else total * first
    for coefficient, register in others:
        if abs(coefficient) == 1:
            total = total + register if coefficient == 1 else total - register
        else:
            total = register * coefficient + total
    return total


def _evaluate(matrix: Matrix, numbers: Registers) -> Registers:
    """Matrix times vector, where rows belong to points."""
    found = [_combination(list(zip(matrix[row], numbers))) for row in (0, -1)]
    for row, opposite in _pairs(len(matrix)):
        terms = list(zip(matrix[row], matrix[opposite], numbers))
        even = _combination([(a, x) for a, b, x in terms if a == b])
        odd = _combination([(a, x) for a, b, x in terms if a != b])
        found[-1:-1] = [even + odd, even - odd]
    return found


def _interpolate(matrix: Matrix, numbers: Registers) -> Registers:
    """Matrix times vector, where columns belong to points."""
    pairs = _pairs(len(numbers))
    sums = [(numbers[i] + numbers[j], numbers[i] - numbers[j]) for i, j in pairs]

    def result(row: list[float]) -> Floats:
        even_or_odd = [(row[i], pair[row[i] != row[j]]) for (i, j), pair in zip(pairs, sums)]
        return _combination([(row[0], numbers[0]), *even_or_odd, (row[-1], numbers[-1])])

    return [result(row) for row in matrix]


def _both_axes(apply: Callable[[Matrix, Registers], Registers], matrix: Matrix, square: list[Registers]) -> Registers:
    """Matrix times square times transposed matrix, row by row."""
    half = [apply(matrix, list(column)) for column in zip(*square)]
    return [number for row in zip(*half) for number in apply(matrix, list(row))]


def _square(numbers: Registers) -> list[Registers]:
    side = round(len(numbers) ** 0.5)
    return [numbers[i : i + side] for i in range(0, len(numbers), side)]


def _picked(registers: Registers, places: list[tuple[int, int]]) -> Floats:
    """A register whose lanes come from others: of which, and of which lane there."""
    found = registers[0]
    for number, register in enumerate(registers):
        pick = [LANES + lane if which == number else i for i, (which, lane) in enumerate(places)]
        if pick != list(range(LANES)):
            found = found.interleaved(register, pick)
    return found


def image_to_tile(taps: int) -> Callable[..., None]:
    """B^T d B, of pixels whose addresses are given, from channel `first` on; results are `step` apart."""
    matrix, count = evaluating_images(taps), side_of(taps) ** 2

    @vector_function
    def write(code: Code, pixels: Address, first: Integer, channels: Integer, target: Address, step: Integer) -> None:
        def turn(c: Integer) -> None:
            numbers = [((pixels + 2 * k).load_address() + first + c).load() for k in range(count)]
            for k, number in enumerate(_both_axes(_evaluate, matrix, _square(numbers))):
                (target + step * k + c).store(number)

        code.each(channels, turn)

    return write


def tile_to_image(taps: int) -> Callable[..., None]:
    """A^T M A + bias, to pixels whose addresses are given."""
    matrix, count = interpolating(taps), side_of(taps) ** 2

    @vector_function
    def write(
        code: Code, source: Address, step: Integer, pixels: Address, first: Integer, channels: Integer, bias: Address
    ) -> None:
        def turn(c: Integer) -> None:
            numbers = [(source + step * k + c).load() for k in range(count)]
            added = (bias + first + c).load()
            for k, number in enumerate(_both_axes(_interpolate, matrix, _square(numbers))):
                ((pixels + 2 * k).load_address() + first + c).store(number + added)

        code.each(channels, turn)

    return write


def gradient_to_tile(taps: int) -> Callable[..., None]:
    """A g A^T, of pixels of the result's gradient."""
    matrix = transposed(interpolating(taps))

    @vector_function
    def write(code: Code, pixels: Address, channels: Integer, target: Address, step: Integer) -> None:
        def turn(c: Integer) -> None:
            numbers = [((pixels + 2 * k).load_address() + c).load() for k in range(RESULTS * RESULTS)]
            for k, number in enumerate(_both_axes(_evaluate, matrix, _square(numbers))):
                (target + step * k + c).store(number)

        code.each(channels, turn)

    return write


def filters_to_tile(taps: int) -> Callable[..., None]:
    """G g G^T for PANEL filters side by side, one channel after the other."""
    matrix = evaluating_filters(taps)

    @vector_function
    def write(code: Code, source: Address, target: Address, step: Integer, channels: Integer) -> None:
        def turn(c: Integer, _: Registers) -> None:
            for j in range(0, PANEL, LANES):
                filters = source + c * (taps * taps * PANEL) + j
                numbers = [(filters + PANEL * tap).load() for tap in range(taps * taps)]
                for k, number in enumerate(_both_axes(_evaluate, matrix, _square(numbers))):
                    (target + step * k + c * PANEL + j).store(number)

        code.repeat(channels, turn)

    return write


def turned_filter_to_tile(taps: int) -> Callable[..., None]:
    """G g G^T for LANES channels of one filter turned by 180 degrees, whose numbers lie as (channel, tap)."""
    matrix, count = evaluating_filters(taps), taps * taps

    @vector_function
    def write(code: Code, source: Address, target: Address, step: Integer) -> None:
        registers = [(source + LANES * n).load() for n in range(count)]
        places = [[divmod(count * lane + tap, LANES) for lane in range(LANES)] for tap in reversed(range(count))]
        numbers = [_picked(registers, each) for each in places]
        for k, number in enumerate(_both_axes(_evaluate, matrix, _square(numbers))):
            (target + step * k).store(number)

    return write


def tile_to_filter(taps: int) -> Callable[..., None]:
    """G^T U G for LANES channels of one filter, whose numbers are to lie as (channel, tap)."""
    matrix, count = transposed(evaluating_filters(taps)), taps * taps

    @vector_function
    def write(code: Code, source: Address, step: Integer, target: Address) -> None:
        tile = [(source + step * k).load() for k in range(side_of(taps) ** 2)]
        numbers = _both_axes(_interpolate, matrix, _square(tile))
        for n in range(count):
            places = [divmod(LANES * n + lane, count)[::-1] for lane in range(LANES)]
            (target + LANES * n).store(_picked(numbers, places))

    return write


@vector_function
def prefetch(code: Code, numbers: Address, count: Integer) -> None:
    """Ask for numbers that will be read soon; the nearest cache is busy with other ones."""
    code.repeat(count, lambda i, _: (numbers + i).prefetch(level=2), step=LINE // 4)


@vector_function
def prefetch_for_writing(code: Code, numbers: Address, count: Integer) -> None:
    """Ask for numbers that will be written soon."""
    code.repeat(count, lambda i, _: (numbers + i).prefetch(level=2, for_writing=True), step=LINE // 4)


@inlined
def find_pixels(places, side, image, row, column, height, width, row_bytes, column_bytes, nowhere):
    """Write down where side x side pixels lie; outside of the image, `nowhere`."""
    for i in range(side):
        line, is_inside = image + (row + i) * row_bytes, 0 <= row + i < height
        for j in range(side):
            at = column + j
            places[i * side + j] = line + at * column_bytes if is_inside and 0 <= at < width else nowhere
