"""backward_propagation gives what backward() gives, and the error at the input besides."""

import gc
import weakref

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.inspect import backward_propagation

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 4)).astype(np.float32)
TARGET = RNG.standard_normal((5, 2)).astype(np.float32)


def network():
    with cr.seed(1):
        return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))


def expected(model, x):
    """Gradients by parameters and by the input, from backward()."""
    x = cr.Tensor(x, requires_grad=True)
    loss = ((model(x) - TARGET) ** 2).sum() * 0.5
    loss.backward()
    found = [p.grad.numpy().copy() for p in model.parameters()]
    model.zero_grad()
    return found, x.grad.numpy()


@pytest.mark.parametrize("kind", ["array", "tensor", "leaf"])
def test_equal_to_backward_bit_for_bit(kind):
    model = network()
    by_parameters, by_input = expected(model, X)
    x = {"array": X, "tensor": cr.Tensor(X), "leaf": cr.Tensor(X, requires_grad=True)}[kind]
    output = model(x)
    found = backward_propagation(output - TARGET, model)
    for parameter, gradient in zip(model.parameters(), by_parameters):
        np.testing.assert_array_equal(parameter.grad.numpy(), gradient)
    np.testing.assert_array_equal(found.numpy(), by_input)


def test_an_error_as_a_plain_array():
    model = network()
    by_parameters, by_input = expected(model, X)
    output = model(X)
    found = backward_propagation(output.numpy() - TARGET, model)
    np.testing.assert_array_equal(model[0].weight.grad.numpy(), by_parameters[0])
    np.testing.assert_array_equal(found.numpy(), by_input)


def test_one_network_on_top_of_another():
    lower, upper = network(), nn.Sequential(nn.Linear(2, 2))
    x = cr.Tensor(X, requires_grad=True)
    (upper(lower(x)) * TARGET).sum().backward()
    wanted = [p.grad.numpy().copy() for p in lower.parameters()]
    lower.zero_grad()
    hidden = lower(X)
    output = upper(hidden.detach())
    backward_propagation(backward_propagation(TARGET * np.ones_like(output.numpy()), upper), lower)
    for parameter, gradient in zip(lower.parameters(), wanted):
        np.testing.assert_allclose(parameter.grad.numpy(), gradient, rtol=1e-6)


def test_dropout_and_frozen_layers():
    with cr.seed(3):
        model = nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.5), nn.Linear(6, 2))
    model[0].requires_grad_(False)
    x = cr.Tensor(X, requires_grad=True)
    with cr.seed(4):
        (model(x) * TARGET).sum().backward()
    wanted = model[2].weight.grad.numpy().copy()
    model.zero_grad()
    with cr.seed(4):
        output = model(X)
        found = backward_propagation(TARGET, model)
    np.testing.assert_array_equal(found.numpy(), x.grad.numpy())
    np.testing.assert_array_equal(model[2].weight.grad.numpy(), wanted)
    assert output.requires_grad and model[0].weight.grad is None


class TwoInputs(nn.Module):
    def __init__(self):
        self.embedding, self.linear = nn.Embedding(7, 3), nn.Linear(4, 3)

    def forward(self, ids, x, *, scale):
        return {"sum": self.embedding(ids) + self.linear(x) * scale, "x": x * 2.0}


def test_trees_and_integers():
    model = TwoInputs()
    output = model(np.arange(5), X, scale=2.0)
    ones = {key: np.ones(y.shape, np.float32) for key, y in output.items()}
    by_ids, by_x = backward_propagation(ones, model)
    assert by_ids is None
    np.testing.assert_allclose(by_x.numpy(), 2.0 + 2.0 * model.linear.weight.numpy().sum(axis=0) + 0 * X, rtol=1e-6)
    np.testing.assert_array_equal(model.embedding.weight.grad.numpy()[:5], np.ones((5, 3)))


def test_gradients_add_up():
    model = network()
    outputs = []
    for _ in range(2):
        outputs.append(model(X))
        backward_propagation(TARGET, model)
    once = network()
    kept = once(X)
    backward_propagation(TARGET, once)
    assert kept.shape == (5, 2)
    np.testing.assert_array_equal(model[0].weight.grad.numpy(), 2 * once[0].weight.grad.numpy())


def test_nothing_is_kept_alive_by_the_memory():
    model, x = network(), cr.Tensor(X)
    output = model(x)
    gone = weakref.ref(x)
    del x, output
    gc.collect()
    assert gone() is None


class TestWrongInput:
    def test_model_that_was_not_called(self):
        with pytest.raises(RuntimeError, match=r"last call of Sequential: call output = model\(x\) first"):
            backward_propagation(TARGET, network())

    def test_result_that_is_gone(self):
        model = network()
        model(X)
        with pytest.raises(RuntimeError, match=r"no recorded result of Sequential: keep it"):
            backward_propagation(TARGET, model)

    def test_no_grad(self):
        model = network()
        with cr.no_grad():
            output = model(X)
        with pytest.raises(RuntimeError, match="no recorded result"):
            backward_propagation(output, model)

    def test_error_of_another_shape(self):
        model = network()
        output = model(X)
        with pytest.raises(ValueError, match=r"error of shape \(5, 2\), as Sequential returned, but got \(2, 5\)"):
            backward_propagation(output.numpy().T, model)

    def test_graph_that_was_used(self):
        model = network()
        output = model(X)
        backward_propagation(TARGET, model)
        with pytest.raises(RuntimeError, match="already used by a backward pass"):
            backward_propagation(TARGET, model)
        assert output.shape == (5, 2)

    def test_forward_that_returns_no_tensor(self):
        class Talker(nn.Module):
            def forward(self, x):
                return {"y": x, "name": "y"}

        model = Talker()
        model(cr.Tensor(X, requires_grad=True))
        with pytest.raises(TypeError, match="returns Tensors, but Talker returned something with a str in it"):
            backward_propagation(TARGET, model)

    def test_chance_that_does_not_repeat(self):
        model = nn.Sequential(nn.Linear(4, 50), nn.Dropout(0.5, generator=cr.Generator(0)))
        output = model(X)
        with pytest.raises(RuntimeError, match="returned something else"):
            backward_propagation(output.numpy(), model)
