"""What a step of a search with a Transformer does to single rows, in whole registers."""

import math

from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, vector_function
from chainrule.kernels.cpu.vectormath import exp

_LEAST = -87.0  # where exp is as good as 0


@vector_function
def score_place(
    code: Code, query: Address, key: Address, value: Address, ahead: Address, width: Integer, heads: Integer,
    scores: Address, line: Integer,
) -> None:  # fmt: skip
    """Multiply the parts of a query, one a head, with those of a key; its value and the key `ahead` are read later.

    The heads' scores are `line` numbers apart, and there is room for a register behind each; `width`, of a head, is a
    multiple of LANES.
    """

    def one(head: Integer, _: list[Floats]) -> None:
        def turn(j: Integer, sums: list[Floats]) -> list[Floats]:
            place = head * width + j
            (value + place).prefetch()
            (ahead + place).prefetch()
            return [(key + place).load() * (query + place).load() + sums[0]]

        (sums,) = code.repeat(width, turn, [code.floats(0.0)], step=LANES)
        (scores + head * line).store(sums.across(lambda x, y: x + y))  # all lanes; the others are written over

    code.repeat(heads, one)


@vector_function
def add_place(
    code: Code, weights: Address, line: Integer, value: Address, width: Integer, heads: Integer, y: Address
) -> None:
    """Add a value to y, each head's part by its own weight; the weights are `line` numbers apart."""

    def one(head: Integer, _: list[Floats]) -> None:
        share = (weights + head * line).broadcast()

        def turn(j: Integer, _: list[Floats]) -> None:
            place = head * width + j
            (y + place).store((value + place).load() * share + (y + place).load())

        code.repeat(width, turn, step=LANES)

    code.repeat(heads, one)


@vector_function
def soften_lines(
    code: Code, lines: Address, count: Integer, line: Integer, whole: Integer, scale: Address, limit: Address
) -> None:
    """Scores to weights whose sum is one, in `count` lines that are `line` numbers apart.

    `limit` is infinity for a place that counts, else minus infinity; where none does, all weights are 0. `whole` is a
    multiple of LANES.
    """
    factor = scale.broadcast()

    def one(i: Integer, _: list[Floats]) -> None:
        row = lines + i * line

        def scored(j: Integer, highest: list[Floats]) -> list[Floats]:
            x = ((row + j).load() * factor).smaller((limit + j).load())
            (row + j).store(x)
            return [x.larger(highest[0])]

        (highest,) = code.repeat(whole, scored, [code.floats(-math.inf)], step=LANES)
        highest = highest.across(lambda x, y: x.larger(y))
        base = highest.unless(highest, "<", -3e38, 0.0)

        def power(j: Integer, sums: list[Floats]) -> list[Floats]:
            x = (row + j).load() - base
            x = exp(x).unless(x, "<", _LEAST, 0.0)
            (row + j).store(x)
            return [sums[0] + x]

        (sums,) = code.repeat(whole, power, [code.floats(0.0)], step=LANES)
        total = sums.across(lambda x, y: x + y)
        share = 1.0 / total.unless(total, "==", 0.0, 1.0)
        code.repeat(whole, lambda j, _: (row + j).store((row + j).load() * share), step=LANES)

    code.repeat(count, one)
