"""A row of linear layers and rectifiers is one operation, which nobody notices."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

X = np.random.default_rng(1).standard_normal((50, 40), dtype=np.float32)


def network():
    with cr.seed(0):
        return nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 33), nn.ReLU(), nn.Tanh(), nn.Linear(33, 5))


def operations(y):
    """The names of all operations from here to the leaves."""
    found, nodes = [], [y.node]
    while nodes:
        node = nodes.pop()
        found.append(node.operation.__name__)
        nodes += [parent for parent in node.parents if parent is not None and parent.pulls is not None]
    return found


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return [p.grad.numpy() for p in model.parameters()]


def test_rows_of_two_and_more_are_joined():
    assert operations(network()(X)) == ["linear", "tanh", "linear_layers"]


def test_hooks_are_called():
    model, seen = network(), []
    model[1].register_forward_hook(lambda module, args, result: seen.append(result.shape))
    assert operations(model(X)) == ["linear", "tanh", "linear_layers", "relu", "linear"]
    assert seen == [(50, 64)]


def test_bits_are_the_same():
    joined, apart = network(), network()
    for module in apart:
        module.register_forward_hook(lambda *_: None)
    np.testing.assert_array_equal(joined(X).numpy(), apart(X).numpy())
    for one, other in zip(gradients(joined, joined(X).sum()), gradients(apart, apart(X).sum())):
        np.testing.assert_array_equal(one, other)


def test_a_wrong_width_is_the_layer_s_error():
    with pytest.raises(ValueError, match=r"Linear\(7 -> 2\) got input of shape \(50, 6\)"):
        nn.Sequential(nn.Linear(40, 6), nn.ReLU(), nn.Linear(7, 2))(X)


def test_a_trace_shows_each_layer():
    model = network()
    steps = list(cr.inspect.trace_backward(model(X).sum(), model))
    assert [(step.module, step.operation) for step in steps] == [
        ("", "sum"),
        ("5", "linear"),
        ("4", "tanh"),
        ("3", "relu"),
        ("2", "linear"),
        ("1", "relu"),
        ("0", "linear"),
    ]
    traced = [p.grad.numpy() for p in model.parameters()]
    for one, other in zip(traced, gradients(model, model(X).sum())):
        np.testing.assert_array_equal(one, other)


def test_a_trace_names_the_place_inside_of_a_larger_model():
    class Outer(nn.Module):
        def __init__(self):
            self.inner = network()

        def forward(self, x):
            return self.inner(x)

    model = Outer()
    assert "inner.2" in {step.module for step in cr.inspect.trace_backward(model(X).sum(), model)}


def test_a_trace_goes_through_the_parameters_of_then():
    model, seen = network()[:4], []

    class Seen(cr.autodiff.watching.Watcher):
        def backward(self, node, grad, parts, seconds):
            seen.append(node.operation.__name__)

    others = {name: 2.0 * p.detach() for name, p in model.named_parameters()}
    results = [cr.vjp(lambda others: cr.functional_call(model, others, X).sum(), others) for _ in range(2)]
    expected = results[0][1](np.float32(1.0))[0]
    with Seen():
        found = results[1][1](np.float32(1.0))[0]
    assert seen == ["sum", "relu", "linear", "relu", "linear"]
    for name in others:
        np.testing.assert_array_equal(found[name], expected[name])


def test_a_result_that_is_used_twice_is_traced_once():
    model = network()[:4]
    y = model(X)
    steps = list(cr.inspect.trace_backward((y * y + y).sum(), model))
    assert [step.operation for step in steps] == ["sum", "add", "multiply", "relu", "linear", "relu", "linear"]


@pytest.mark.parametrize("watched", [False, True])
def test_a_graph_is_used_once_unless_it_is_kept(watched):
    model = network()[:4]
    backward = cr.inspect.trace_backward if watched else cr.Tensor.backward
    loss = model(X).sum()
    backward(loss, retain_graph=True)
    backward(loss)
    with pytest.raises(RuntimeError, match="already used"):
        backward(loss)


@pytest.mark.parametrize("watched", [False, True])
def test_weights_that_were_changed_meanwhile_are_refused(watched):
    model = network()[:4]
    loss = model(X).sum()
    model[2].weight.write_(np.zeros((33, 64)))
    with pytest.raises(RuntimeError, match="changed in place"):
        cr.inspect.trace_backward(loss) if watched else loss.backward()


def test_second_derivatives():
    model = network()[:4].to("float64")
    vector = np.random.default_rng(2).standard_normal((5, 40))

    def slope(x):
        return (cr.grad(lambda x: (model(x) ** 2).sum())(x) ** 2).sum()

    assert cr.gradcheck(slope, (vector,))


def test_a_layer_that_stands_twice():
    layer = nn.Linear(40, 40)
    tied, apart = nn.Sequential(layer, nn.ReLU(), layer), nn.Sequential(layer, nn.ReLU(), layer)
    expected = gradients(apart, cr.ops.linear(cr.ops.relu(layer(X)), layer.weight, layer.bias).sum())
    for one, other in zip(gradients(tied, tied(X).sum()), expected):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_the_guard_names_the_layer():
    model = network()
    model[2].weight.write_(np.full((33, 64), 3e38))
    with cr.detect_anomaly(), pytest.raises(FloatingPointError, match=r"linear made the first .* in module 2"):
        model(X)
