"""Activation functions."""

import math

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.kernels import select


@differentiable
def relu(x):
    """d max(x, 0) = dx where x > 0, else 0."""
    y = select(x).clamp(x, 0, math.inf)
    return y, (lambda grad: select(grad, y).clamp_backward(grad, y, 0, math.inf),)


@differentiable
def leaky_relu(x, *, negative_slope=0.01):
    """x where x > 0, else slope x (A. Maas et al., 2013): d = dx or slope dx."""
    return select(x).leaky_relu(x, negative_slope), (
        lambda grad: select(grad, x).leaky_relu_backward(grad, x, negative_slope),
    )


@differentiable
def elu(x, *, alpha=1.0):
    """x where x > 0, else alpha (exp(x) - 1) (D. Clevert et al., 2015): d = dx or alpha exp(x) dx."""
    xp = namespace(x)
    below = alpha * xp.expm1(xp.minimum(x, 0))
    return xp.where(x > 0, x, below), (lambda grad: grad * xp.where(x > 0, 1.0, below + alpha),)


def selu(x: Array) -> Array:
    """Scaled `elu`, which keeps mean 0 and variance 1 through a deep network (G. Klambauer et al., 2017).

    Parameters
    ----------
    x : Tensor or Array
        Any shape.

    Returns
    -------
    Tensor or Array
        The same shape.
    """
    return 1.0507009873554805 * elu(x, alpha=1.6732632423543772)


@differentiable
def sigmoid(x):
    """With s = 1 / (1 + exp(-x)): ds = s (1 - s) dx."""
    y = select(x).sigmoid(x)
    return y, (lambda grad: grad * (y * (1.0 - y)),)


@differentiable
def silu(x):
    """x sigmoid(x) (S. Elfwing et al., 2017). With s the sigmoid: d = s (1 + x (1 - s)) dx."""
    return select(x).silu(x), (lambda grad: select(grad, x).silu_backward(grad, x),)


@differentiable
def softplus(x, *, beta=1.0):
    """log(1 + exp(b x)) / b, without overflow: d = sigmoid(b x) dx."""
    xp, z = namespace(x), beta * x
    y = (xp.maximum(z, 0) + xp.log1p(xp.exp(-xp.abs(z)))) / beta
    return y, (lambda grad: grad * sigmoid(z),)


@differentiable
def log_sigmoid(x):
    """log(1 / (1 + exp(-x))): d = sigmoid(-x) dx."""
    xp = namespace(x)
    return xp.minimum(x, 0) - xp.log1p(xp.exp(-xp.abs(x))), (lambda grad: grad * sigmoid(-x),)


def gelu(x: Array, approximate: str = "none") -> Array:
    """Gaussian error linear unit, x times the normal distribution function (D. Hendrycks and K. Gimpel, 2016).

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    approximate : {"none", "tanh"}, default "none"
        The exact function, or the approximation with a hyperbolic tangent that GPT-2 uses.

    Returns
    -------
    Tensor or Array
        The same shape.

    Raises
    ------
    ValueError
        If `approximate` is neither.
    """
    rules = {"none": _gelu, "tanh": _gelu_tanh}
    if approximate not in rules:
        raise ValueError(f"gelu expected approximate to be 'none' or 'tanh', but got {approximate!r}")
    return rules[approximate](x)


@differentiable
def _gelu(x):
    """x F(x), with F and f the normal distribution and density: d = (F(x) + x f(x)) dx."""
    return select(x).gelu(x), (lambda grad: select(grad, x).gelu_backward(grad, x),)


@differentiable
def _gelu_tanh(x):
    """x (1 + t) / 2 with t = tanh(u(x)): d = ((1 + t) + x (1 - t**2) u'(x)) / 2 dx."""
    return select(x).gelu_tanh(x), (lambda grad: select(grad, x).gelu_tanh_backward(grad, x),)


@differentiable
def hardtanh(x, *, min_val=-1.0, max_val=1.0):
    """x between two limits: d = dx strictly between them, else 0.

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    min_val, max_val : float
        The limits; -1 and 1 by default.

    Returns
    -------
    Tensor or Array
        The same shape.
    """
    y = select(x).clamp(x, min_val, max_val)
    return y, (lambda grad: select(grad, y).clamp_backward(grad, y, min_val, max_val),)


def relu6(x: Array) -> Array:
    """Cut off below 0 and above 6 (A. Krizhevsky, 2010).

    Parameters
    ----------
    x : Tensor or Array
        Any shape.

    Returns
    -------
    Tensor or Array
        The same shape.
    """
    return hardtanh(x, min_val=0.0, max_val=6.0)
