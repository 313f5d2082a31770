"""Winograd's transforms of tiles, filters and gradients, as vector code.

A one-dimensional convolution with r taps and m results is a product of polynomials, found by evaluating both at
m + r - 1 points, multiplying, and interpolating; transposed, this is ``y = A^T [(G g) * (B^T d)]`` (A. L. Toom 1963;
S. Winograd, Arithmetic complexity of computations, 1980; A. Lavin and S. Gray, arXiv:1509.09308). Applied to both axes,
a tile of m x m results takes (m + r - 1)^2 products instead of m^2 r^2. With the points 0, 1, -1, 2, -2 and infinity a
tile has 6 x 6 numbers: F(4x4, 3x3) and F(2x2, 5x5) have the same B.
"""

from collections.abc import Callable, Sequence

import numpy as np

from chainrule.kernels.cpu.compiler import inlined
from chainrule.kernels.cpu.gemm import PANEL
from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, vector_function

_POINTS = (0, 1, -1, 2, -2)  # and infinity
_PAIRS = ((1, 2), (3, 4))  # of points that differ in the sign: their even powers are equal, their odd ones opposite
SIDE = len(_POINTS) + 1
TILE = SIDE * SIDE

Matrix = list[list[float]]
Registers = list[Floats]


def results_of(taps: int) -> int:
    """How many results an axis of a tile has."""
    return SIDE + 1 - taps


def interpolating(outputs: int) -> Matrix:
    """A^T, (outputs, SIDE): a column is the powers of a point; of infinity, only the highest."""
    powers = [[float(point**i) for point in _POINTS] for i in range(outputs)]
    return [[*row, float(i == outputs - 1)] for i, row in enumerate(powers)]


def evaluating_filters(taps: int) -> Matrix:
    """G, (SIDE, taps): a row is the powers of a point, over its distances from the others."""
    norms = [float(np.prod([p - q for q in _POINTS if q != p])) for p in _POINTS]
    rows = [[point**j / norm for j in range(taps)] for point, norm in zip(_POINTS, norms)]
    return [*rows, [float(j == taps - 1) for j in range(taps)]]


def evaluating_images() -> Matrix:
    """B^T, (SIDE, SIDE): a row is the polynomial that is zero at the other points."""
    polynomials = [np.poly([q for q in _POINTS if q != p])[::-1] for p in _POINTS]
    return [[*map(float, row), 0.0] for row in polynomials] + [[*map(float, np.poly(_POINTS)[::-1])]]


def transposed(matrix: Matrix) -> Matrix:
    """Rows for columns."""
    return [list(column) for column in zip(*matrix)]


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
    found = [_combination(list(zip(matrix[row], numbers))) for row in (0, SIDE - 1)]
    for row, opposite in _PAIRS:
        terms = list(zip(matrix[row], matrix[opposite], numbers))
        even = _combination([(a, x) for a, b, x in terms if a == b])
        odd = _combination([(a, x) for a, b, x in terms if a != b])
        found[-1:-1] = [even + odd, even - odd]
    return found


def _interpolate(matrix: Matrix, numbers: Registers) -> Registers:
    """Matrix times vector, where columns belong to points."""
    pairs = [(numbers[i] + numbers[j], numbers[i] - numbers[j]) for i, j in _PAIRS]

    def result(row: list[float]) -> Floats:
        even_or_odd = [(row[i], pair[row[i] != row[j]]) for (i, j), pair in zip(_PAIRS, pairs)]
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


@vector_function
def image_to_tile(
    code: Code, pixels: Address, first: Integer, channels: Integer, target: Address, step: Integer
) -> None:
    """B^T d B, of SIDE x SIDE pixels whose addresses are given, from channel `first` on; results are `step` apart."""

    def turn(c: Integer) -> None:
        numbers = [((pixels + 2 * k).load_address() + first + c).load() for k in range(TILE)]
        for k, number in enumerate(_both_axes(_evaluate, evaluating_images(), _square(numbers))):
            (target + step * k + c).store(number)

    code.each(channels, turn)


def tile_to_image(taps: int) -> Callable[..., None]:
    """A^T M A + bias, to pixels whose addresses are given."""
    matrix = interpolating(results_of(taps))

    @vector_function
    def write(
        code: Code, source: Address, step: Integer, pixels: Address, first: Integer, channels: Integer, bias: Address
    ) -> None:
        def turn(c: Integer) -> None:
            numbers = [(source + step * k + c).load() for k in range(TILE)]
            added = (bias + first + c).load()
            for k, number in enumerate(_both_axes(_interpolate, matrix, _square(numbers))):
                ((pixels + 2 * k).load_address() + first + c).store(number + added)

        code.each(channels, turn)

    return write


def gradient_to_tile(taps: int) -> Callable[..., None]:
    """A g A^T, of pixels of the result's gradient."""
    matrix, results = transposed(interpolating(results_of(taps))), results_of(taps)

    @vector_function
    def write(code: Code, pixels: Address, channels: Integer, target: Address, step: Integer) -> None:
        def turn(c: Integer) -> None:
            numbers = [((pixels + 2 * k).load_address() + c).load() for k in range(results * results)]
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
        numbers = _both_axes(_interpolate, matrix, _square([(source + step * k).load() for k in range(TILE)]))
        for n in range(count):
            places = [divmod(LANES * n + lane, count)[::-1] for lane in range(LANES)]
            (target + LANES * n).store(_picked(numbers, places))

    return write


@inlined
def find_pixels(places, side, image, row, column, height, width, row_bytes, column_bytes, nowhere):
    """Write down where side x side pixels lie; outside of the image, `nowhere`."""
    for i in range(side):
        line, is_inside = image + (row + i) * row_bytes, 0 <= row + i < height
        for j in range(side):
            at = column + j
            places[i * side + j] = line + at * column_bytes if is_inside and 0 <= at < width else nowhere
