"""What attention does to a row of products: to weights, and to gradients of products.

Rows are worked on in whole registers. `limit` is read beside them: infinity for a key that counts, and minus infinity
for whatever stands in the last register beyond those.
"""

from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, vector_function
from chainrule.kernels.cpu.vectormath import exp

_LEAST = -87.0  # where exp is as good as 0


def _power(x: Floats) -> Floats:
    """exp, and exactly 0 for minus infinity."""
    return exp(x).unless(x, "<", _LEAST, 0.0)


def _scored(product: Floats, factor: Floats, term: Floats, limit: Floats) -> Floats:
    """A score; minus infinity, whatever the product is, where that is the limit."""
    return (product * factor + term).smaller(limit)


def _clear(code: Code, row: Address, whole: Integer, end: Integer) -> None:
    """Zeros from `whole` to `end`."""
    rest = Integer(code, code.builder.sub(end.value, whole.value))
    code.repeat(rest, lambda j, _: (row + whole + j).store(code.floats(0.0)), step=LANES)


@vector_function
def soften(
    code: Code, row: Address, whole: Integer, end: Integer, scale: Address, terms: Address, limit: Address,
    mask: Address, peak: Address, total: Address, correction: Address,
) -> None:  # fmt: skip
    """Products to exp(scale products + terms - peak), times `mask`; brings the running peak and total up to date.

    `peak` and `total` fill a register each. `correction` becomes what earlier results have to be multiplied by. A NaN
    among the products makes the row NaN.
    """
    factor = scale.broadcast()

    def scored(j: Integer, highest: list[Floats]) -> list[Floats]:
        x = _scored((row + j).load(), factor, (terms + j).load(), (limit + j).load())
        (row + j).store(x)
        return [x.larger(highest[0])]

    before = peak.load()
    (highest,) = code.repeat(whole, scored, [before], step=LANES)
    highest = highest.across(lambda x, y: x.larger(y))
    base = highest.unless(highest, "<", -3e38, 0.0)  # a row that has seen nothing yet

    def powers(j: Integer, sums: list[Floats]) -> list[Floats]:
        x = _power((row + j).load() - base)
        (row + j).store(x * (mask + j).load())
        return [sums[0] + x]

    (sums,) = code.repeat(whole, powers, [code.floats(0.0)], step=LANES)
    shrunk = _power(before - base)
    correction.store(shrunk)
    peak.store(highest)
    total.store(total.load() * shrunk + sums.across(lambda x, y: x + y))
    _clear(code, row, whole, end)


@vector_function
def weigh(
    code: Code, weight: Address, change: Address, whole: Integer, end: Integer, scale: Address, terms: Address,
    limit: Address, mask: Address, log_sum: Address, along: Address,
) -> None:  # fmt: skip
    """Products to weights w, and gradients g of weights to those of products: w (g - along) scale."""
    factor, less_score, less = scale.broadcast(), log_sum.broadcast(), along.broadcast()

    def turn(j: Integer, _: list[Floats]) -> None:
        x = _power(_scored((weight + j).load(), factor, (terms + j).load(), (limit + j).load()) - less_score)
        kept = (mask + j).load()
        (change + j).store(x * ((change + j).load() * kept - less) * factor)
        (weight + j).store(x * kept)

    code.repeat(whole, turn, step=LANES)
    _clear(code, weight, whole, end)
    _clear(code, change, whole, end)


@vector_function
def multiply_line(code: Code, line: Address, factor: Address, count: Integer) -> None:
    """Multiply a row of a result by one number, in place."""
    by = factor.broadcast()
    code.each(count, lambda j: (line + j).store((line + j).load() * by))


@vector_function
def copy_line(code: Code, source: Address, target: Address, count: Integer) -> None:
    """Copy numbers to where whole registers can be read."""
    code.each(count, lambda j: (target + j).store((source + j).load()))
