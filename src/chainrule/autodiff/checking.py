"""Checking derivatives against finite differences, for functions and modules of one's own.

A derivative is compared along random directions in float64: one number stands for all entries, and a wrong entry
almost surely shows in it. Only when a check fails are single entries looked at, to name the worst.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from chainrule.autodiff.functional import vjp
from chainrule.autodiff.modes import no_grad
from chainrule.autodiff.tensor import plain
from chainrule.autodiff.tree import leaves, paths, replaced, tree_map


class GradientError(AssertionError):
    """A derivative that finite differences do not confirm."""


class _Difference(NamedTuple):
    """Derivatives along one direction: from the left, from the right, and from both sides."""

    left: float
    right: float
    central: float


def gradcheck(
    function: Callable,
    inputs: tuple,
    *,
    directions: int = 4,
    step: float = 1e-6,
    tolerance: float = 1e-5,
    seed: int = 0,
    names: list[str] | None = None,
) -> bool:
    """Compare a function's derivatives with finite differences.

    Parameters
    ----------
    function : callable
        From trees of arrays to a tree.
    inputs : tuple of tree
        Where to check. Converted to float64; integers stay what they are and get no derivative.
    directions : int, default 4
        How many random directions to try.
    step : float, default 1e-6
        The length of a finite step.
    tolerance : float, default 1e-5
        The largest difference, relative to the derivatives compared and to the result's size.
    seed : int, default 0
        Of the random directions.
    names : list of str, optional
        What messages shall call the arrays; ``inputs[0]['x']`` and the like by default.

    Returns
    -------
    bool
        True; whatever is wrong raises.

    Raises
    ------
    GradientError
        If a derivative differs. The message names the worst entry with both numbers, and says where the function has a
        kink, so that neither of them can be trusted.
    """
    rng = np.random.default_rng(seed)
    problem = _of_floats(function, inputs, names)
    with no_grad():
        weights = [rng.standard_normal(y.shape) for y in problem.function(*problem.point)]

    def projected(*floats: Any) -> Any:
        return sum((y * w).sum() for y, w in zip(problem.function(*floats), weights))

    _, pull_back = vjp(problem.function, *problem.point)
    gradients = [np.asarray(plain(g)) for g in pull_back(weights)]
    for _ in range(directions):
        direction = [rng.standard_normal(x.shape) for x in problem.point]
        found = sum(float((g * d).sum()) for g, d in zip(gradients, direction))
        measured = _differences(projected, problem.point, direction, step)
        scale = max(abs(found), abs(measured.central), 1e-3 * _size(gradients), 1e-8 / step * 1e-3)
        if not abs(found - measured.central) <= tolerance * scale:
            raise GradientError(_explanation(projected, problem, gradients, step, found, measured))
    return True


class _Problem(NamedTuple):
    """A function of those arrays alone that can be differentiated by, in float64."""

    function: Callable[..., list]
    point: list[np.ndarray]
    names: list[str]


def _of_floats(function: Callable, inputs: tuple, names: list[str] | None) -> _Problem:
    """`function` by its floating-point inputs; the others stay what they are."""
    inputs = tuple(tree_map(_in_float64, x) for x in inputs)
    flat, names = leaves(inputs), names or paths(inputs, "inputs")
    places = [i for i, x in enumerate(flat) if x.dtype.kind == "f"]
    if not places:
        raise TypeError("gradcheck needs a floating-point input, but got none")

    def of_floats(*floats: Any) -> list:
        filled = list(flat)
        for place, x in zip(places, floats):
            filled[place] = x
        results = leaves(function(*replaced(inputs, iter(filled))))
        for y in results:
            if not hasattr(y, "dtype"):
                raise TypeError(
                    f"gradcheck needs a function that returns Tensors or arrays, but got {type(y).__name__}"
                )
        return [y for y in results if y.dtype.kind == "f"]

    return _Problem(of_floats, [flat[i] for i in places], [names[i] for i in places])


def gradgradcheck(function: Callable, inputs: tuple, **options: Any) -> bool:
    """Compare a function's second derivatives with finite differences of its first.

    Parameters
    ----------
    function : callable
        As for `gradcheck`.
    inputs : tuple of tree
        As for `gradcheck`.
    **options
        As for `gradcheck`.

    Returns
    -------
    bool
        True; whatever is wrong raises.

    Raises
    ------
    GradientError
        If a derivative differs.
    """
    rng = np.random.default_rng(options.get("seed", 0))
    problem = _of_floats(function, inputs, options.pop("names", None))
    with no_grad():
        weights = [rng.standard_normal(y.shape) for y in problem.function(*problem.point)]
    gradients = lambda *floats: vjp(problem.function, *floats)[1](weights)
    return gradcheck(gradients, tuple(problem.point), names=problem.names, **options)


def _in_float64(x: Any) -> Any:
    array = np.asarray(plain(x))
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _size(arrays: list[np.ndarray]) -> float:
    return float(np.sqrt(sum((a * a).sum() for a in arrays)))


def _differences(function: Callable, point: list, direction: list, step: float) -> _Difference:
    """The function's slopes along a direction."""

    def at(offset: float) -> float:
        value = function(*(x + offset * step * d for x, d in zip(point, direction)))
        return float(np.asarray(plain(value)))

    with no_grad():
        left, here, right = at(-1), at(0), at(1)
    return _Difference((here - left) / step, (right - here) / step, (right - left) / (2 * step))


def _explanation(
    function: Callable, problem: _Problem, gradients: list, step: float, found: float, measured: _Difference
) -> str:
    """What is wrong, and where it is worst."""
    worst, name, pair = -1.0, "", (0.0, measured)
    for i, (x, gradient) in enumerate(zip(problem.point, gradients)):
        for index in _some_entries(x.shape):
            unit = [np.zeros(y.shape) for y in problem.point]
            unit[i][index] = 1.0
            slope = _differences(function, problem.point, unit, step)
            if abs(gradient[index] - slope.central) > worst:
                worst, pair = abs(gradient[index] - slope.central), (float(gradient[index]), slope)
                name = f"entry {tuple(map(int, index))} of {problem.names[i]}, shape {x.shape}"
    return (
        f"along a random direction backward gives {found:.8g}, but finite differences give {measured.central:.8g}; "
        f"worst at {name}: backward {pair[0]:.8g}, finite differences {pair[1].central:.8g}{_kink(pair[1])}"
    )


def _kink(slope: _Difference) -> str:
    """A warning where the slopes from left and right differ."""
    if abs(slope.left - slope.right) <= 1e-2 * max(abs(slope.left), abs(slope.right), 1e-6):
        return ""
    return (
        f"; the function has a kink there (slope {slope.left:.6g} on the left, {slope.right:.6g} on the right): "
        "check at another point"
    )


def _some_entries(shape: tuple[int, ...], most: int = 200) -> list[tuple]:
    """All entries of a small array, evenly spaced ones of a large one."""
    size = int(np.prod(shape))
    chosen = range(size) if size <= most else np.linspace(0, size - 1, most).astype(int)
    return [np.unravel_index(i, shape) for i in chosen]
