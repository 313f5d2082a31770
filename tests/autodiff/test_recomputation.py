"""checkpoint: the same numbers as without, from less memory, to any order."""

import tracemalloc

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, ops
from chainrule.backend import to_backend

RNG = np.random.default_rng(5)
X = RNG.standard_normal((4, 3))
W = RNG.standard_normal((3, 3))


def block(x, w):
    return ops.tanh(x @ w) + x


def gradients(function):
    x, w = cr.Tensor(X, requires_grad=True), cr.Tensor(W, requires_grad=True)
    y = function(function(x, w), w)
    (y * y).sum().backward()
    return y.numpy(), x.grad.numpy(), w.grad.numpy()


def test_same_bits_as_without():
    for found, expected in zip(gradients(cr.checkpoint(block)), gradients(block)):
        np.testing.assert_array_equal(found, expected)


def test_parameters_that_are_closed_over_get_their_gradients():
    w = cr.Tensor(W, requires_grad=True)
    cr.checkpoint(lambda x: block(x, w))(cr.Tensor(X)).sum().backward()
    np.testing.assert_array_equal(w.grad.numpy(), cr.grad(lambda v: block(cr.Tensor(X), v).sum())(cr.Tensor(W)).numpy())


def test_trees_in_and_out():
    function = cr.checkpoint(lambda t, *, scale: {"a": t["x"] * scale, "b": (t["x"] ** 2).sum()})
    found = cr.grad(lambda x: function({"x": x}, scale=3.0)["a"].sum() + function({"x": x}, scale=1.0)["b"])(X)
    np.testing.assert_allclose(found, 3.0 + 2 * X)


def test_results_that_are_not_used_and_results_that_are_constants():
    function = cr.checkpoint(lambda x: (x * x, x * 3.0, ops.argmax(x)))
    assert int(function(cr.Tensor(X, requires_grad=True))[2].item()) == int(X.argmax())
    np.testing.assert_allclose(cr.grad(lambda x: function(x)[0].sum())(X), 2 * X)


@pytest.mark.parametrize("order", [2, 3])
def test_higher_orders(order):
    def repeated(f):
        for _ in range(order):
            f = _summed_gradient(f)
        return f

    loss = lambda function: lambda x: (function(x, W) ** 2).sum()
    found, expected = repeated(loss(cr.checkpoint(block)))(X), repeated(loss(block))(X)
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-12)


def _summed_gradient(f):
    return lambda x: (cr.grad(f)(x) * X).sum()


def test_nested_checkpoints():
    twice = cr.checkpoint(lambda x, w: cr.checkpoint(block)(cr.checkpoint(block)(x, w), w))
    plain = lambda x, w: block(block(x, w), w)
    for found, expected in zip(gradients(twice), gradients(plain)):
        np.testing.assert_array_equal(found, expected)


def test_draws_are_repeated_and_the_generator_goes_on():
    def noisy(x):
        return x * cr.current_generator().dropout_mask(x.shape, 0.5, x.constant())

    with cr.seed(7) as generator:
        x = cr.Tensor(X, requires_grad=True)
        y = cr.checkpoint(noisy)(x)
        drawn = generator.draw
        y.sum().backward()
        assert generator.draw == drawn
    np.testing.assert_allclose(x.grad.numpy() * X, y.numpy())


def test_no_grad_and_constants_record_nothing():
    with cr.no_grad():
        assert not cr.checkpoint(block)(cr.Tensor(X, requires_grad=True), W).requires_grad
    assert isinstance(cr.checkpoint(block)(X, W), np.ndarray)


def test_a_second_backward_is_refused_and_can_be_allowed():
    x = cr.Tensor(X, requires_grad=True)
    loss = cr.checkpoint(block)(x, W).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    with pytest.raises(RuntimeError, match="already used by a backward pass"):
        loss.backward()


@pytest.mark.parametrize("function", [block, nn.Tanh()])
def test_the_refusal_names_the_function(function):
    y = cr.checkpoint(function)(cr.Tensor(X, requires_grad=True), *([W] if function is block else []))
    y.backward(np.ones(y.shape, y.dtype))
    with pytest.raises(RuntimeError, match=r"let go, at (block|Tanh):"):
        y.backward(np.ones(y.shape, y.dtype))


def test_memory_is_that_of_one_block():
    depth, size = 30, 200_000

    def many(x):
        for _ in range(10):
            x = ops.tanh(x)
        return x

    def peak(function):
        x = cr.Tensor(np.ones(size, np.float32), requires_grad=True)
        tracemalloc.start()
        y = x
        for _ in range(depth // 10):
            y = function(y)
        y.sum().backward()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found / (4 * size)

    assert peak(many) > 30
    assert peak(cr.checkpoint(many)) < 18


def test_inside_a_compiled_step():
    pytest.importorskip("jax")
    x = cr.Tensor(X.astype(np.float32))
    w = cr.Tensor(W.astype(np.float32), requires_grad=True)
    generator = cr.Generator(0)

    def noisy(x):
        hidden = block(x, w)
        return hidden * generator.dropout_mask(hidden.shape, 0.5, hidden.constant())

    def step(x):
        with generator:
            loss = (cr.checkpoint(noisy)(x) ** 2).sum()
        return loss, cr.grad(lambda v: (block(x, v) ** 2).sum())(w)

    eager = step(x)[0].item()
    generator.draw = 0
    w.value = to_backend(w.value, "jax")
    compiled = cr.compile(step, [_Cells(w)])
    assert float(compiled(to_backend(x.value, "jax"))[0].item()) == pytest.approx(eager, rel=1e-5)


class _Cells:
    def __init__(self, *cells):
        self._cells = list(cells)

    def state_cells(self):
        return self._cells
