"""Derivatives out of differences of values, in float64."""

from collections.abc import Callable

import numpy as np

STEP = 1e-3


def directional(function: Callable[[np.ndarray], float], x: np.ndarray, direction: np.ndarray) -> float:
    """The derivative of `function` at `x`: central differences of fourth order."""
    at = lambda t: float(function(x + t * STEP * direction))
    return (8.0 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12.0 * STEP)


def assert_derivative(found: float, expected: float, *, of: str, shapes: list, direction: np.ndarray) -> None:
    """Compare a projected gradient with a difference; a failure prints all that is needed to repeat it."""
    if not abs(found - expected) <= 1e-7 * (1.0 + abs(expected)):
        raise AssertionError(
            f"{of}: the gradient gives {found!r}, differences of values give {expected!r}\n"
            f"inputs of shapes {shapes}\ndirection {np.array2string(direction, threshold=50)}"
        )
