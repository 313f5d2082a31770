"""Special functions that NumPy lacks."""

import numpy as np

# W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969).
# Coefficients from the highest power down.
_P_SMALL = [
    1.85777706184603153e-1,
    3.16112374387056560e0,
    1.13864154151050156e2,
    3.77485237685302021e2,
    3.20937758913846947e3,
]
_Q_SMALL = [1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3]
_P_MIDDLE = [
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1, 2.98635138197400131e2,
    8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
]  # fmt: skip
_Q_MIDDLE = [
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
]  # fmt: skip
_P_LARGE = [
    1.63153871373020978e-2,
    3.05326634961232344e-1,
    3.60344899949804439e-1,
    1.25781726111229246e-1,
    1.60837851487422766e-2,
    6.58749161529837803e-4,
]
_Q_LARGE = [
    1.0,
    2.56852019228982242e0,
    1.87295284992346725e0,
    5.27905102951428412e-1,
    6.05183413124413191e-2,
    2.33520497626869185e-3,
]


def erf(x: np.ndarray) -> np.ndarray:
    """The error function, elementwise, in the precision of `x`."""
    size = np.abs(x, dtype=np.float64)
    small = np.minimum(size, 0.46875)
    square = small * small
    near_zero = small * np.polyval(_P_SMALL, square) / np.polyval(_Q_SMALL, square)
    middle = np.clip(size, 0.46875, 4.0)
    with np.errstate(under="ignore"):
        tail = np.exp(-middle * middle) * np.polyval(_P_MIDDLE, middle) / np.polyval(_Q_MIDDLE, middle)
        large = np.clip(size, 4.0, 30.0)
        inverse = 1.0 / (large * large)
        series = inverse * np.polyval(_P_LARGE, inverse) / np.polyval(_Q_LARGE, inverse)
        far_tail = np.exp(-large * large) / large * (1.0 / np.sqrt(np.pi) - series)
    result = np.where(size <= 0.46875, near_zero, 1.0 - np.where(size <= 4.0, tail, far_tail))
    return np.copysign(np.where(np.isnan(size), np.nan, result), x).astype(x.dtype)
