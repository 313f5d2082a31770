"""Elementwise functions. The formula above each pull-back is its derivative."""

import math

from chainrule.autodiff import differentiable
from chainrule.backend import namespace


@differentiable
def abs(x):
    """d|x| = sign(x) dx."""
    xp = namespace(x)
    return xp.abs(x), (lambda grad: grad * xp.sign(x),)


@differentiable
def exp(x):
    """d exp(x) = exp(x) dx."""
    y = namespace(x).exp(x)
    return y, (lambda grad: grad * y,)


@differentiable
def expm1(x):
    """d (exp(x) - 1) = exp(x) dx."""
    y = namespace(x).expm1(x)
    return y, (lambda grad: grad * (y + 1.0),)


@differentiable
def log(x):
    """d log(x) = dx / x."""
    return namespace(x).log(x), (lambda grad: grad / x,)


@differentiable
def log1p(x):
    """d log(1 + x) = dx / (1 + x)."""
    return namespace(x).log1p(x), (lambda grad: grad / (1.0 + x),)


@differentiable
def sqrt(x):
    """d sqrt(x) = dx / (2 sqrt(x))."""
    y = namespace(x).sqrt(x)
    return y, (lambda grad: grad * 0.5 / y,)


@differentiable
def square(x):
    """d x**2 = 2 x dx."""
    return x * x, (lambda grad: grad * (2.0 * x),)


@differentiable
def tanh(x):
    """d tanh(x) = (1 - tanh(x)**2) dx."""
    y = namespace(x).tanh(x)
    return y, (lambda grad: grad * (1.0 - y * y),)


@differentiable
def sin(x):
    """d sin(x) = cos(x) dx."""
    xp = namespace(x)
    return xp.sin(x), (lambda grad: grad * xp.cos(x),)


@differentiable
def cos(x):
    """d cos(x) = -sin(x) dx."""
    xp = namespace(x)
    return xp.cos(x), (lambda grad: -grad * xp.sin(x),)


@differentiable
def tan(x):
    """d tan(x) = (1 + tan(x)**2) dx."""
    y = namespace(x).tan(x)
    return y, (lambda grad: grad * (1.0 + y * y),)


@differentiable
def sinh(x):
    """d sinh(x) = cosh(x) dx."""
    xp = namespace(x)
    return xp.sinh(x), (lambda grad: grad * xp.cosh(x),)


@differentiable
def cosh(x):
    """d cosh(x) = sinh(x) dx."""
    xp = namespace(x)
    return xp.cosh(x), (lambda grad: grad * xp.sinh(x),)


@differentiable
def arcsin(x):
    """d arcsin(x) = dx / sqrt(1 - x**2)."""
    xp = namespace(x)
    return xp.arcsin(x), (lambda grad: grad / xp.sqrt(1.0 - x * x),)


@differentiable
def arccos(x):
    """d arccos(x) = -dx / sqrt(1 - x**2)."""
    xp = namespace(x)
    return xp.arccos(x), (lambda grad: -grad / xp.sqrt(1.0 - x * x),)


@differentiable
def arctan(x):
    """d arctan(x) = dx / (1 + x**2)."""
    return namespace(x).arctan(x), (lambda grad: grad / (1.0 + x * x),)


@differentiable
def erf(x):
    """d erf(x) = 2 / sqrt(pi) exp(-x**2) dx."""
    xp = namespace(x)
    return xp.erf(x), (lambda grad: grad * (2.0 / math.sqrt(math.pi)) * xp.exp(-x * x),)


@differentiable
def clip(x, *, min=None, max=None):
    """x between two limits: d = dx between them and on them, else 0.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    min, max : float, optional
        The limits; none by default.

    Returns
    -------
    Tensor or Array
        The same shape.
    """
    low, high = -math.inf if min is None else min, math.inf if max is None else max
    return namespace(x).clip(x, low, high), (lambda grad: grad * ((x >= low) & (x <= high)),)


@differentiable
def astype(x, *, dtype):
    """Elements of another dtype; the gradient returns to the one that x had. Integers are constants."""
    before = x.dtype
    y = namespace(x).astype(x, dtype)
    back = None if y.dtype.kind in "iub" else lambda grad: namespace(grad).astype(grad, before)
    return y, (back,)
