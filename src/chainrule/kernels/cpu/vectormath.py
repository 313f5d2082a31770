"""Functions of registers, for vector code: right for infinities and NaN, exact to a few units in the last place."""

from collections.abc import Iterable

from chainrule.kernels.cpu.simd import Floats

_ROUNDER = 1.5 * 2.0**23  # adding it rounds to an integer, left in the low bits
_ROUNDER_BITS = 0x4B400000
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.1219444005469057e-4  # the first has few bits: its multiples are exact
_EXP = (0.00138145, 0.00836875, 0.04166839, 0.1666652, 0.49999993)
_TANH_ABOVE = (1.33533927e-8, 2.060817005544e-5, 3.4955336408e-3, 0.13380980397, 0.99999998)
_TANH_BELOW = (7.77603881e-7, 3.285544856e-4, 2.58767766806e-2, 0.46714296055, 1.0)


def _polynomial(x: Floats, coefficients: Iterable[float]) -> Floats:
    """From the highest power down."""
    total = x.code.floats(0.0)
    for coefficient in coefficients:
        total = total * x + coefficient
    return total


def exp(x: Floats) -> Floats:
    """e**x for -87 < x < 88, and what it is there beyond: 2**n (1 + r + r**2 P(r)) with n near x / ln 2."""
    x = x.at_most(88.0).at_least(-87.0)
    rounded = x * _LOG2_E + _ROUNDER
    n = rounded - _ROUNDER
    r = x - n * _LN2_HIGH - n * _LN2_LOW
    return (_polynomial(r, _EXP) * r * r + r + 1.0).times_power_of_two(rounded, _ROUNDER_BITS)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e**-x)."""
    return 1.0 / (exp(0.0 - x) + 1.0)


def tanh(x: Floats) -> Floats:
    """x P(x**2) / Q(x**2), and 1 from 9 on."""
    square = x * x
    ratio = x * _polynomial(square, _TANH_ABOVE) / _polynomial(square, _TANH_BELOW)
    return ratio.at_most(1.0).at_least(-1.0).unless(x, ">", 9.0, 1.0).unless(x, "<", -9.0, -1.0)
