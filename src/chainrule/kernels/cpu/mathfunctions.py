"""float32 functions that LLVM inlines into a loop and vectorises.

`math.exp` inside Numba is a scalar call where Intel's SVML is absent, as it is from PyPI. These are branch-free
polynomials and rational functions, exact to a few units in the last place, right for infinities and NaN. The
coefficients are minimax fits (Lawson's weighted least squares); errors are relative, over all float32 arguments.
"""

import numpy as np

from chainrule.kernels.cpu.compiler import inlined

_ZERO, _ONE, _TWO, _INFINITY = (np.float32(x) for x in (0, 1, 2, np.inf))
_ROUNDER = np.float32(1.5 * 2**23)  # adding it rounds to an integer, left in the low bits
_ROUNDER_BITS = _ROUNDER.view(np.int32)

_LOG2_E = np.float32(1.4426950408889634)
_LN2_HIGH = np.float32(0.693359375)  # few bits, so that its product with an integer is exact
_LN2_LOW = np.float32(-2.1219444005469057e-4)
_EXP_HIGHEST, _EXP_LOWEST = np.float32(88.722835), np.float32(-86.9)
_E2, _E3, _E4, _E5, _E6 = (np.float32(c) for c in (0.49999993, 0.1666652, 0.04166839, 0.00836875, 0.00138145))

_TAIL_ZERO = np.float32(14.0)  # beyond, the normal distribution's tail is 0 in float32
_P0, _P1, _P2, _P3, _P4 = (
    np.float32(c) for c in (0.5000000023651, 0.4349771813591, 0.1807846694002, 3.98089898415e-2, 3.9943785262e-3)
)
_Q1, _Q2, _Q3, _Q4, _Q5 = (
    np.float32(c) for c in (1.6678392659630, 1.1923085690423, 0.4630025171006, 9.97939906331e-2, 1.001227198808e-2)
)


@inlined
def exp(x):
    """e**x to 2e-7: 2**n (1 + r + r**2 P(r)), n the nearest integer to x / ln 2; 0 below 2**-125."""
    rounded = x * _LOG2_E + _ROUNDER
    n = rounded - _ROUNDER
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    p = (((_E6 * r + _E5) * r + _E4) * r + _E3) * r + _E2
    p = p * r * r + r + _ONE
    # Half the power of two, as an exponent set through the bits: the whole one may be 2**128.
    half_power = np.int32((np.float32(rounded).view(np.int32) - _ROUNDER_BITS + np.int32(126)) << np.int32(23))
    y = p * half_power.view(np.float32) * _TWO
    y = _ZERO if x < _EXP_LOWEST else y
    return _INFINITY if x > _EXP_HIGHEST else y


@inlined
def sigmoid(x):
    """1 / (1 + e**-x) to 3e-7."""
    return _ONE / (_ONE + exp(-x))


@inlined
def normal_cdf(x, bell):
    """The normal distribution function to 1e-6; `bell` is e**(-x**2 / 2), which callers have at hand.

    The tail beyond |x| is bell * P(|x|) / Q(|x|), so that it keeps its relative precision.
    """
    size = -x if x < _ZERO else x
    size = _TAIL_ZERO if size > _TAIL_ZERO else size
    p = (((_P4 * size + _P3) * size + _P2) * size + _P1) * size + _P0
    q = ((((_Q5 * size + _Q4) * size + _Q3) * size + _Q2) * size + _Q1) * size + _ONE
    tail = bell * p / q
    return tail if x < _ZERO else _ONE - tail
