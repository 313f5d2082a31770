"""What a step of growing sequences does to single rows, in whole registers: widths are multiples of LANES."""

import math

from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, vector_function
from chainrule.kernels.cpu.vectormath import sigmoid

_TWICE_TANGENT_SCALE, _TANGENT_CUBE = 2 * math.sqrt(2 / math.pi), 0.044715


def _add(x: Floats, y: Floats) -> Floats:
    return x + y


@vector_function
def normal_row(
    code: Code, x: Address, weight: Address, bias: Address, size: Address, eps: Address, width: Integer, y: Address
) -> None:
    """Layer normalisation of a row of `size` numbers, which is `width` as a float."""
    share = 1.0 / size.broadcast()
    zero = [code.floats(0.0)]
    (sums,) = code.repeat(width, lambda j, sums: [sums[0] + (x + j).load()], zero, step=LANES)
    mean = sums.across(_add) * share

    def squares(j: Integer, sums: list[Floats]) -> list[Floats]:
        centred = (x + j).load() - mean
        return [centred * centred + sums[0]]

    (sums,) = code.repeat(width, squares, zero, step=LANES)
    scale = 1.0 / (sums.across(_add) * share + eps.broadcast()).square_root()

    def scaled(j: Integer, _: list[Floats]) -> None:
        (y + j).store(((x + j).load() - mean) * scale * (weight + j).load() + (bias + j).load())

    code.repeat(width, scaled, step=LANES)


@vector_function
def rectify(code: Code, line: Address, count: Integer) -> None:
    """ReLU in place."""
    code.repeat(count, lambda j, _: (line + j).store((line + j).load().at_least(0.0)), step=LANES)


@vector_function
def gelu_tanh_line(code: Code, line: Address, count: Integer) -> None:
    """GELU with a hyperbolic tangent, in place: (1 + tanh(u)) / 2 is sigmoid(2 u)."""

    def turn(j: Integer, _: list[Floats]) -> None:
        x = (line + j).load()
        (line + j).store(x * sigmoid((x + x * x * x * _TANGENT_CUBE) * _TWICE_TANGENT_SCALE))

    code.repeat(count, turn, step=LANES)


@vector_function
def add_line(code: Code, line: Address, other: Address, count: Integer) -> None:
    """Add another row, in place."""
    code.repeat(count, lambda j, _: (line + j).store((line + j).load() + (other + j).load()), step=LANES)


@vector_function
def score_and_copy(
    code: Code, query: Address, old: Address, new: Address, width: Integer, scores: Address, count: Integer
) -> None:
    """Copy `count` keys and multiply each with the query; `width` is a multiple of LANES."""

    def one(s: Integer, _: list[Floats]) -> None:
        source, target = old + width * s, new + width * s

        def turn(j: Integer, sums: list[Floats]) -> list[Floats]:
            part = (source + j).load()
            (target + j).store(part)
            return [part * (query + j).load() + sums[0]]

        (sums,) = code.repeat(width, turn, [code.floats(0.0)], step=LANES)
        (scores + s).store(sums.across(lambda x, y: x + y))  # all lanes; those after the first are written over

    code.repeat(count, one)


@vector_function
def average_and_copy(
    code: Code, weights: Address, old: Address, new: Address, width: Integer, total: Address, y: Address,
    count: Integer,
) -> None:  # fmt: skip
    """Copy `count` values and add their weighted sum, over `total`, to y."""
    share = 1.0 / total.load()

    def column(j: Integer, _: list[Floats]) -> None:
        def turn(s: Integer, sums: list[Floats]) -> list[Floats]:
            part = (old + width * s + j).load()
            (new + width * s + j).store(part)
            return [part * (weights + s).broadcast() + sums[0]]

        (sums,) = code.repeat(count, turn, [code.floats(0.0)])
        (y + j).store((y + j).load() + sums * share)

    code.repeat(width, column, step=LANES)
