"""Arithmetic and comparisons, with NumPy's broadcasting."""

import math

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.ops.constants import constant_operation


def promote(x: Array, y: Array) -> tuple[Array, Array]:
    """Bring an integer or boolean array to the other one's floating-point dtype (NumPy would choose float64)."""
    first, second = getattr(x, "dtype", None), getattr(y, "dtype", None)
    if first is second or first is None or second is None:
        return x, y
    if first.kind in "iub" and second.kind == "f":
        return namespace(x).astype(x, second), y
    if second.kind in "iub" and first.kind == "f":
        return x, namespace(y).astype(y, first)
    return x, y


@differentiable
def add(x, y):
    """d(x + y) = dx + dy."""
    x, y = promote(x, y)
    return x + y, (lambda grad: grad, lambda grad: grad)


@differentiable
def subtract(x, y):
    """d(x - y) = dx - dy."""
    x, y = promote(x, y)
    return x - y, (lambda grad: grad, lambda grad: -grad)


@differentiable
def multiply(x, y):
    """d(x y) = y dx + x dy."""
    x, y = promote(x, y)
    return x * y, (lambda grad: grad * y, lambda grad: grad * x)


@differentiable
def divide(x, y):
    """d(x / y) = dx / y - (x / y) dy / y."""
    x, y = promote(x, y)
    return x / y, (lambda grad: grad / y, lambda grad: -grad * x / (y * y))


@differentiable
def negative(x):
    """d(-x) = -dx."""
    return -x, (lambda grad: -grad,)


@differentiable
def power(x, y):
    """d(x**y) = y x**(y-1) dx + x**y log(x) dy."""
    x, y = promote(x, y)
    z = x**y
    return z, (lambda grad: grad * _power_slope(x, y), lambda grad: grad * z * _log_of_base(x))


def _power_slope(x: Array, y: Array) -> Array:
    """y x**(y-1), and 0 at y = 0 even where x**(y-1) is infinite."""
    if not hasattr(y, "shape"):
        return y * x ** (y - 1) if y != 0 else 0.0
    xp = namespace(x, y)
    return xp.where(y == 0, 0.0, y * x ** xp.where(y == 0, 1.0, y - 1))


def _log_of_base(x: Array) -> Array:
    """log(x), and 0 where there is none: 0**y is flat in y > 0, and no real derivative exists for x < 0."""
    if not hasattr(x, "shape"):
        return math.log(x) if x > 0 else 0.0
    xp = namespace(x)
    return xp.log(xp.where(x > 0, x, 1.0))


def _larger(grad: Array, x: Array, y: Array) -> Array:
    """`grad` where x > y, half of it where equal, else 0: a tie shares its gradient."""
    return grad * (x > y) + 0.5 * grad * (x == y)


@differentiable
def maximum(x, y):
    """d max(x, y) = dx where x > y, dy where y > x, half of each where equal."""
    x, y = promote(x, y)
    return namespace(x, y).maximum(x, y), (
        lambda grad: _larger(grad, x, y),
        lambda grad: _larger(grad, y, x),
    )


@differentiable
def minimum(x, y):
    """d min(x, y) = dx where x < y, dy where y < x, half of each where equal."""
    x, y = promote(x, y)
    return namespace(x, y).minimum(x, y), (
        lambda grad: _larger(grad, y, x),
        lambda grad: _larger(grad, x, y),
    )


@differentiable
def arctan2(y, x):
    """d arctan2(y, x) = (x dy - y dx) / (x**2 + y**2)."""
    y, x = promote(y, x)
    square = x * x + y * y
    return namespace(y, x).arctan2(y, x), (lambda grad: grad * x / square, lambda grad: -grad * y / square)


@differentiable
def where(condition, x, y):
    """x where a condition is true, else y: d = dx where it is true, else dy.

    Parameters
    ----------
    condition : Tensor or Array of bool
        Where to take `x`; a constant.
    x, y : Tensor, Array or float
        What to take; all three broadcast.

    Returns
    -------
    Tensor or Array
        Elements of `x` and `y`.
    """
    x, y = promote(x, y)
    return namespace(condition, x, y).where(condition, x, y), (
        None,
        lambda grad: namespace(condition, grad).where(condition, grad, 0.0),
        lambda grad: namespace(condition, grad).where(condition, 0.0, grad),
    )


equal = constant_operation("equal")
not_equal = constant_operation("not_equal")
less = constant_operation("less")
less_equal = constant_operation("less_equal")
greater = constant_operation("greater")
greater_equal = constant_operation("greater_equal")
logical_and = constant_operation("logical_and")
logical_or = constant_operation("logical_or")
logical_not = constant_operation("logical_not")
