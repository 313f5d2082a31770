"""Piecewise linear activation functions. At a bend the slope is zero, as in PyTorch."""

import math

from chainrule.backend import Array, namespace


def clamp(x: Array, low: float, high: float) -> Array:
    """Cut off below and above: ReLU from 0 to infinity, ReLU6 from 0 to 6.

    Parameters
    ----------
    x : Array
        Any shape.
    low, high : float
        The limits; NaN stays.

    Returns
    -------
    Array
        The same shape.
    """
    y = x if low == -math.inf else namespace(x).where(x <= low, low, x)
    return y if high == math.inf else namespace(y).where(y >= high, high, y)


def clamp_backward(g: Array, x: Array, low: float, high: float) -> Array:
    """Gradient of `clamp`: `g` where x is strictly between the limits, else 0.

    Parameters
    ----------
    g, x : Array
        Gradient of the result, and what `clamp` was given or what it returned.
    low, high : float
        As for `clamp`.

    Returns
    -------
    Array
        Gradient of `x`.
    """
    inside = x > low if high == math.inf else (x > low) & (x < high)
    return namespace(g, x).where(inside, g, 0.0)


def leaky_relu(x: Array, slope: float) -> Array:
    """x where positive, else slope x (A. Maas et al., 2013).

    Parameters
    ----------
    x : Array
        Any shape.
    slope : float
        The slope below zero.

    Returns
    -------
    Array
        The same shape.
    """
    return namespace(x).where(x > 0, x, slope * x)


def leaky_relu_backward(g: Array, x: Array, slope: float) -> Array:
    """Gradient of `leaky_relu`: `g` where x is positive, else slope g.

    Parameters
    ----------
    g, x : Array
        Gradient of the result, and what `leaky_relu` was given.
    slope : float
        As for `leaky_relu`.

    Returns
    -------
    Array
        Gradient of `x`.
    """
    return namespace(g, x).where(x > 0, g, slope * g)
