"""Activation functions that take several passes in array code."""

import math

from chainrule.backend import Array, namespace


def sigmoid(x: Array) -> Array:
    """The logistic function, ``1 / (1 + exp(-x))``, without overflow on either side.

    Parameters
    ----------
    x : Array
        Any shape.

    Returns
    -------
    Array
        The same shape, between 0 and 1.
    """
    xp = namespace(x)
    small = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, small) / (1.0 + small)


def sigmoid_backward(g: Array, x: Array) -> Array:
    """Gradient of `sigmoid`: ``g * s * (1 - s)``.

    Parameters
    ----------
    g, x : Array
        Gradient of the result, and what `sigmoid` was given.

    Returns
    -------
    Array
        Gradient of `x`.
    """
    s = sigmoid(x)
    return g * s * (1.0 - s)


def silu(x: Array) -> Array:
    """The sigmoid-weighted linear unit, ``x * sigmoid(x)`` (S. Elfwing et al., 2017).

    Parameters
    ----------
    x : Array
        Any shape.

    Returns
    -------
    Array
        The same shape.
    """
    return x * sigmoid(x)


def silu_backward(g: Array, x: Array) -> Array:
    """Gradient of `silu`: ``g * s * (1 + x * (1 - s))``.

    Parameters
    ----------
    g, x : Array
        Gradient of the result, and what `silu` was given.

    Returns
    -------
    Array
        Gradient of `x`.
    """
    s = sigmoid(x)
    return g * s * (1.0 + x * (1.0 - s))


def gelu(x: Array) -> Array:
    """The Gaussian error linear unit, ``x * (1 + erf(x / sqrt(2))) / 2`` (D. Hendrycks and K. Gimpel, 2016).

    Parameters
    ----------
    x : Array
        Any shape.

    Returns
    -------
    Array
        The same shape.
    """
    return x * _normal_cdf(x)


def gelu_backward(g: Array, x: Array) -> Array:
    """Gradient of `gelu`: ``g * (cdf(x) + x * pdf(x))`` of the normal distribution.

    Parameters
    ----------
    g, x : Array
        Gradient of the result, and what `gelu` was given.

    Returns
    -------
    Array
        Gradient of `x`.
    """
    density = namespace(x).exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return g * (_normal_cdf(x) + x * density)


def gelu_tanh(x: Array) -> Array:
    """An approximation of `gelu` that GPT-2 uses: ``x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x**3))) / 2``.

    Parameters
    ----------
    x : Array
        Any shape.

    Returns
    -------
    Array
        The same shape.
    """
    return 0.5 * x * (1.0 + _gelu_tangent(x))


def gelu_tanh_backward(g: Array, x: Array) -> Array:
    """Gradient of `gelu_tanh`: with t the tangent and u its argument, ``g * ((1 + t) + x * (1 - t**2) u') / 2``.

    Parameters
    ----------
    g, x : Array
        Gradient of the result, and what `gelu_tanh` was given.

    Returns
    -------
    Array
        Gradient of `x`.
    """
    t = _gelu_tangent(x)
    slope = math.sqrt(2 / math.pi) * (1.0 + 3 * 0.044715 * x * x)
    return g * 0.5 * (1.0 + t + x * (1.0 - t * t) * slope)


def _normal_cdf(x: Array) -> Array:
    return 0.5 * (1.0 + namespace(x).erf(x * math.sqrt(0.5)))


def _gelu_tangent(x: Array) -> Array:
    return namespace(x).tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
