"""How a learning rate moves over a training: what to multiply it by at each step, as a function of the step alone.

Steps count from 0 and may be numbers, or arrays where a step is being compiled.
"""

import math
from typing import Any

from chainrule.backend import namespace


def warmed_up(step: Any, *, steps: int, start_factor: float | None = None) -> Any:
    """Rise linearly to 1, and stay there.

    Parameters
    ----------
    step : int or Array
        How many steps were done.
    steps : int
        How many it takes to get to 1.
    start_factor : float, optional
        Where it begins; by default so that the step before the first would have had 0: at 1 / (steps + 1).

    Returns
    -------
    float or Array
        The factor.
    """
    start = 1.0 / (steps + 1) if start_factor is None else start_factor
    return start + (1.0 - start) * _share(step, steps)


def held(step: Any, *, steps: int, factor: float) -> Any:
    """Stay at one factor for a while, then at 1.

    Parameters
    ----------
    step : int or Array
        How many steps were done.
    steps : int
        For how many it stays.
    factor : float
        The factor.

    Returns
    -------
    float or Array
        The factor.
    """
    return namespace(step).where(step < steps, factor, 1.0)


def cosine_annealed(step: Any, *, steps: int) -> Any:
    """Fall from 1 to 0 along half a cosine (I. Loshchilov and F. Hutter, 2016, without restarts), and stay there.

    Parameters
    ----------
    step : int or Array
        How many steps were done.
    steps : int
        How many it takes to get to 0.

    Returns
    -------
    float or Array
        The factor.
    """
    return 0.5 * (1.0 + namespace(step).cos(math.pi * _share(step, steps)))


def trapezoid(step: Any, *, steps: int, warmup_steps: int = 0, decay_fraction: float = 0.2) -> Any:
    """Rise linearly, stay at 1, and fall linearly to 0 (A. Haegele et al., 2024, arXiv 2405.18392).

    Parameters
    ----------
    step : int or Array
        How many steps were done.
    steps : int
        How many there are in all: the factor is 0 when they are done.
    warmup_steps : int, default 0
        For how many it rises.
    decay_fraction : float, default 0.2
        For which part of all steps it falls.

    Returns
    -------
    float or Array
        The factor.
    """
    xp = namespace(step)
    length = max(1, round(steps * decay_fraction))
    fall = xp.clip((steps - step) / length, 0.0, 1.0)
    return xp.minimum(warmed_up(step, steps=warmup_steps), fall)


def _share(step: Any, steps: int) -> Any:
    """Which part of `steps` is done, from 0 to 1."""
    return namespace(step).clip(step / steps, 0.0, 1.0) if steps else 1.0
