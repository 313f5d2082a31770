"""Derivatives inside derivatives, against JAX's own."""

import numpy as np
import pytest

from chainrule import Tensor, grad, jvp, ops
from chainrule.backend import to_backend

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")

RNG = np.random.default_rng(0)
X, M, W, V = (RNG.standard_normal(shape) for shape in [(3, 4), (4, 5), (5,), (3, 4)])
ROWS = np.array([0, 2, 2])


def ours(x):
    hidden = ops.tanh(ops.exp(0.3 * x) @ M)[ROWS]
    return ops.logsumexp(hidden * W) + ops.mean(ops.softmax(x) * x) + ops.gelu(x).sum()


def theirs(x):
    hidden = jnp.tanh(jnp.exp(0.3 * x) @ M)[ROWS]
    mixed = jnp.mean(jax.nn.softmax(x) * x) + jax.nn.gelu(x, approximate=False).sum()
    return jax.scipy.special.logsumexp(hidden * W) + mixed


def nth(derivative, total, function, order):
    """The gradient, of the projection of the gradient, and so on."""
    for _ in range(order - 1):
        function = (lambda inner: lambda x: total(derivative(inner)(x) * V))(function)
    return derivative(function)


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_every_order_equals_jaxs(order, backend):
    found = nth(grad, ops.sum, ours, order)(to_backend(X, backend))
    expected = jax.jit(nth(jax.grad, jnp.sum, theirs, order))(X)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_jvp_equals_jaxs(backend):
    value, tangent = jvp(ours, (to_backend(X, backend),), (to_backend(V, backend),))
    expected = jax.jit(lambda x, v: jax.jvp(theirs, (x,), (v,)))(X, V)
    np.testing.assert_allclose([value, tangent], expected, rtol=1e-12)


def test_backward_through_a_derivative_by_parameters_at_the_bottom(backend):
    """The gradient penalty: a loss that contains a derivative by the inputs."""
    w = Tensor(to_backend(M, backend), requires_grad=True)
    x = to_backend(X, backend)
    slope = grad(lambda x: ops.tanh(x @ w).sum())(x)
    (slope**2).sum().backward()

    def penalty(w):
        return (jax.grad(lambda x: jnp.tanh(x @ w).sum())(X) ** 2).sum()

    np.testing.assert_allclose(w.grad.numpy(), jax.jit(jax.grad(penalty))(M), rtol=1e-10)


def test_parameters_get_nothing_from_a_derivative_that_ignores_them():
    w = Tensor(np.ones(3), requires_grad=True)
    slope = grad(lambda x: (x * x).sum() + w.sum())(np.arange(3.0))
    assert isinstance(slope, np.ndarray)
    np.testing.assert_array_equal(slope, 2 * np.arange(3.0))
    assert w.grad is None


def test_compiled_by_jax_with_the_same_lines():
    function = nth(grad, ops.sum, ours, 3)
    np.testing.assert_allclose(jax.jit(function)(X), function(X), rtol=1e-9)


def test_a_closed_over_box_of_an_outer_level():
    """d/dx of x * d/dy (x y**2) at y = x."""
    mixed = grad(lambda x: x * grad(lambda y: x * y * y)(x))
    assert float(mixed(np.float64(3.0))) == pytest.approx(6 * 9.0)  # of 2 x**3
