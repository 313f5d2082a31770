"""Random expressions of three 3x3 matrices, written once for every array library with NumPy's names."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

N = 3
_ROWS = np.array([2, 0, 0])
_ONES_BELOW = np.tril(np.ones((N, N)))

# Each takes an array library and matrices, and returns a matrix: defined everywhere and growing slowly.
UNARY: dict[str, Callable] = {
    "abs": lambda xp, x: xp.abs(x),
    "arccos": lambda xp, x: xp.arccos(0.9 * xp.tanh(x)),
    "arcsin": lambda xp, x: xp.arcsin(0.9 * xp.tanh(x)),
    "arctan": lambda xp, x: xp.arctan(x),
    "broadcast": lambda xp, x: x + xp.broadcast_to(x[:1], (N, N)),
    "clip": lambda xp, x: xp.clip(x, -0.7, 0.9),
    "cos": lambda xp, x: xp.cos(x),
    "cosh": lambda xp, x: xp.cosh(xp.tanh(x)),
    "cumsum": lambda xp, x: xp.cumsum(x, axis=1),
    "exp": lambda xp, x: xp.exp(xp.tanh(x)),
    "expm1": lambda xp, x: xp.expm1(xp.sin(x)),
    "flip": lambda xp, x: xp.flip(x, axis=0) * x,
    "log": lambda xp, x: xp.log(x * x + 0.5),
    "log1p": lambda xp, x: xp.log1p(x * x),
    "max": lambda xp, x: x * xp.max(x, axis=1, keepdims=True),
    "mean": lambda xp, x: x - xp.mean(x, axis=0, keepdims=True),
    "min": lambda xp, x: x - xp.min(x, axis=0, keepdims=True),
    "negative": lambda xp, x: -x,
    "pad": lambda xp, x: xp.pad(x[1:, :2], ((1, 0), (0, 1))) + x,
    "prod": lambda xp, x: xp.prod(xp.tanh(x), axis=1, keepdims=True) * x,
    "reciprocal": lambda xp, x: 1.0 / (1.5 + xp.sin(x)),
    "reshape": lambda xp, x: xp.reshape(xp.transpose(xp.reshape(x, (N * N,))), (N, N)) * 0.5,
    "roll": lambda xp, x: xp.roll(x, 1, axis=1) - x,
    "sigmoid": lambda xp, x: 1.0 / (1.0 + xp.exp(-x)),
    "sin": lambda xp, x: xp.sin(x),
    "sinh": lambda xp, x: xp.sinh(xp.cos(x)),
    "slice": lambda xp, x: xp.concatenate([x[1:], x[:1]], axis=0),
    "softmax": lambda xp, x: _softmax(xp, x),
    "sqrt": lambda xp, x: xp.sqrt(x * x + 1.0),
    "square": lambda xp, x: xp.square(x) * 0.5,
    "sum": lambda xp, x: x / (1.0 + xp.sum(x * x, axis=1, keepdims=True)),
    "take": lambda xp, x: x[_ROWS],
    "tan": lambda xp, x: xp.tan(xp.tanh(x)),
    "tanh": lambda xp, x: xp.tanh(x),
    "transpose": lambda xp, x: xp.transpose(x),
    "tril": lambda xp, x: xp.tril(x) + 0.3 * x,
}
BINARY: dict[str, Callable] = {
    "add": lambda xp, x, y: x + y,
    "arctan2": lambda xp, x, y: xp.arctan2(x, 1.0 + y * y),
    "divide": lambda xp, x, y: x / (2.0 + xp.tanh(y)),
    "einsum": lambda xp, x, y: xp.einsum("ij,kj->ik", x, y) / N,
    "matmul": lambda xp, x, y: xp.matmul(x, y) / N,
    "maximum": lambda xp, x, y: xp.maximum(x, y),
    "minimum": lambda xp, x, y: xp.minimum(x, y),
    "multiply": lambda xp, x, y: x * y,
    "power": lambda xp, x, y: (1.0 + x * x) ** xp.tanh(y),
    "rows": lambda xp, x, y: x[0] * y,
    "stack": lambda xp, x, y: xp.sum(xp.stack([x, y * 2.0], axis=0), axis=0),
    "subtract": lambda xp, x, y: x - y,
    "where": lambda xp, x, y: xp.where(x > y, x * 2.0, y),
}


def _softmax(xp: Any, x: Any) -> Any:
    weights = xp.exp(x - xp.max(x, axis=1, keepdims=True))
    return weights / xp.sum(weights, axis=1, keepdims=True)


def expressions() -> st.SearchStrategy:
    """Trees such as ``("matmul", ("tanh", 0), 2)``, with the numbers of matrices as leaves."""
    return st.recursive(
        st.integers(0, 2),
        lambda inner: (
            st.tuples(st.sampled_from(sorted(UNARY)), inner) | st.tuples(st.sampled_from(sorted(BINARY)), inner, inner)
        ),
        max_leaves=8,
    ).filter(lambda expression: isinstance(expression, tuple))


def evaluate(expression: Any, xp: Any, matrices: tuple) -> Any:
    """A number: the expression's matrix, weighted and summed."""
    weights = _ONES_BELOW + np.arange(1, N * N + 1).reshape(N, N) / 7.0
    return xp.sum(_matrix(expression, xp, matrices) * xp.asarray(weights))


def _matrix(expression: Any, xp: Any, matrices: tuple) -> Any:
    if isinstance(expression, int):
        return matrices[expression]
    name, *parts = expression
    return (UNARY | BINARY)[name](xp, *(_matrix(part, xp, matrices) for part in parts))


def point() -> tuple[np.ndarray, ...]:
    """Where expressions are evaluated."""
    rng = np.random.default_rng(17)
    return tuple(rng.normal(0, 0.8, (N, N)) for _ in range(3))


def direction() -> tuple[np.ndarray, ...]:
    """With what the matrix of second derivatives is multiplied."""
    rng = np.random.default_rng(23)
    return tuple(rng.standard_normal((N, N)) for _ in range(3))


def assert_same(found: tuple, expected: tuple, what: str) -> None:
    """Compare arrays to 1e-8 of the largest entry."""
    scale = max(1.0, *(float(np.abs(y).max()) for y in expected))
    for x, y in zip(found, expected):
        np.testing.assert_allclose(np.asarray(x), np.asarray(y), rtol=1e-8, atol=1e-8 * scale, err_msg=what)
