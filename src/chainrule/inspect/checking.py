"""gradcheck for functions and for whole modules, their parameters included."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import autodiff
from chainrule.autodiff.tensor import plain
from chainrule.autodiff.tree import paths
from chainrule.nn import Module, functional_call
from chainrule.random import Generator


def gradcheck(
    function: Callable,
    inputs: tuple,
    *,
    directions: int = 4,
    step: float = 1e-6,
    tolerance: float = 1e-5,
    seed: int = 0,
) -> bool:
    """Compare the derivatives of a function or module with finite differences.

    Along random directions in float64: one number stands for all entries, and a wrong entry almost surely shows in it.
    Only when a check fails are single entries looked at, to name the worst.

    Parameters
    ----------
    function : callable or Module
        From trees of arrays to a tree. A module is checked by its inputs and by all its parameters.
    inputs : tuple of tree
        Where to check. Converted to float64; integers stay what they are and get no derivative.
    directions : int, default 4
        How many random directions to try.
    step : float, default 1e-6
        The length of a finite step.
    tolerance : float, default 1e-5
        The largest difference, relative to the derivatives compared and to the result's size.
    seed : int, default 0
        Of the random directions, and of what the ambient generator draws, the same in each run.

    Returns
    -------
    bool
        True; whatever is wrong raises.

    Raises
    ------
    GradientError
        If a derivative differs. The message names the worst entry with both numbers, and says where the function has a
        kink, so that neither of them can be trusted.
    TypeError
        If nothing can be differentiated by, or the function returns something else than arrays.
    """
    options: dict[str, Any] = {"directions": directions, "step": step, "tolerance": tolerance, "seed": seed}
    return _check(autodiff.gradcheck, function, inputs, options)


def gradgradcheck(
    function: Callable,
    inputs: tuple,
    *,
    directions: int = 4,
    step: float = 1e-6,
    tolerance: float = 1e-5,
    seed: int = 0,
) -> bool:
    """Compare the second derivatives of a function or module with finite differences of its first.

    Parameters
    ----------
    function : callable or Module
        As for `gradcheck`.
    inputs : tuple of tree
        As for `gradcheck`.
    directions : int, default 4
        As for `gradcheck`.
    step : float, default 1e-6
        As for `gradcheck`.
    tolerance : float, default 1e-5
        As for `gradcheck`.
    seed : int, default 0
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
    options: dict[str, Any] = {"directions": directions, "step": step, "tolerance": tolerance, "seed": seed}
    return _check(autodiff.gradgradcheck, function, inputs, options)


def _check(check: Callable, function: Callable, inputs: tuple, options: dict[str, Any]) -> bool:
    if not isinstance(function, Module):
        return check(_repeatable(function, options["seed"]), inputs, **options)
    parameters = {path: parameter.constant() for path, parameter in function.named_parameters()}
    buffers = {path: _in_float64(buffer) for path, buffer in function.named_buffers()}

    def of_all(inputs: tuple, parameters: dict) -> Any:
        return functional_call(function, {**buffers, **parameters}, *inputs)

    names = [*paths(inputs, "inputs"), *sorted(parameters)]
    return check(_repeatable(of_all, options["seed"]), (inputs, parameters), names=names, **options)


def _in_float64(buffer: Any) -> np.ndarray:
    array = np.asarray(plain(buffer))
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _repeatable(function: Callable, seed: int) -> Callable:
    """`function`, drawing the same numbers each time."""

    def repeated(*args: Any) -> Any:
        with Generator(seed):
            return function(*args)

    return repeated
