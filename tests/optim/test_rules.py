"""What a step does to parameters, and to which."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim

MAKERS = {
    "sgd": lambda params: optim.SGD(params, lr=0.1),
    "momentum": lambda params: optim.SGD(params, lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.1),
    "nesterov": lambda params: optim.SGD(params, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adam": lambda params: optim.Adam(params, lr=0.1, weight_decay=0.1),
    "adamw": lambda params: optim.AdamW(params, lr=0.1),
}
every_rule = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def quadratic(backend, dtype="float32"):
    """A module with two parameters and a loss that is least where both are 1."""
    model = nn.Module()
    model.a = nn.Parameter(np.array([3.0, -2.0], np.float32))
    model.b = nn.Parameter(np.array([[0.5]], np.float32))
    model.to(dtype).to(backend)
    return model, lambda: sum(((p - 1.0) ** 2).sum() for p in model.parameters())


@every_rule
def test_a_loss_goes_down(backend, make):
    model, loss = quadratic(backend)
    optimizer = make(model.parameters())
    first = float(loss())
    for _ in range(60):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    assert float(loss()) < 0.05 * first
    assert model.a.dtype == np.float32
    assert model.a.requires_grad


@every_rule
def test_steps_in_place_are_those_of_the_pure_rule(make):
    """In float64 the plain code, in float32 the fused kernel; the pure rule runs on copies."""
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-6)):
        model, loss = quadratic("numpy", dtype)
        optimizer = make(model.parameters())
        group = optimizer.param_groups[0]
        p = model.a.numpy().copy()
        state = optimizer.init(p, group)
        array = model.a.value
        for step in range(1, 6):
            optimizer.zero_grad()
            loss().backward()
            kept = p.copy()
            new, new_state = optimizer.apply(p, model.a.grad.numpy(), state, group, step)
            np.testing.assert_array_equal(p, kept)
            p, state = new, new_state
            optimizer.step()
            np.testing.assert_allclose(model.a.numpy(), p, rtol=tolerance, atol=tolerance)
            assert p.dtype == model.a.dtype
        assert model.a.value is array


@every_rule
def test_backends_agree(backend, make):
    results = []
    for home in ("numpy", backend):
        model, loss = quadratic(home)
        optimizer = make([{"params": [model.a], "lr": 0.01}, {"params": [model.b]}])
        for _ in range(5):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        results.append(model.a.numpy())
    np.testing.assert_allclose(*results, rtol=1e-5)


def test_what_has_no_gradient_or_is_frozen_stays(backend):
    model, loss = quadratic(backend)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    loss().backward()
    model.a.requires_grad_(False)
    model.b.grad = None
    optimizer.step()
    np.testing.assert_array_equal(model.a.numpy(), [3, -2])
    np.testing.assert_array_equal(model.b.numpy(), [[0.5]])
    assert not optimizer.state


def test_a_parameter_counts_its_own_steps(backend):
    """One that joins late gets Adam's correction for a first step, as if it were alone."""
    model, loss = quadratic(backend)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    for step in range(3):
        optimizer.zero_grad()
        loss().backward()
        if step < 2:
            model.b.grad = None
        optimizer.step()
    np.testing.assert_allclose(model.b.numpy(), [[0.6]], rtol=1e-5)
    assert [int(optimizer.state[p]["step"].value) for p in (model.a, model.b)] == [3, 1]


def test_tied_weights_move_once(backend):
    weight = nn.Parameter(np.ones(3, np.float32))
    model = nn.Module()
    model.a = model.b = weight
    model.to(backend)
    optimizer = optim.SGD([model.a, model.b], lr=0.1)
    (model.a + model.b).sum().backward()
    optimizer.step()
    np.testing.assert_allclose(weight.numpy(), 0.8, rtol=1e-6)


def test_gradients_in_any_order_of_memory():
    p = nn.Parameter(np.zeros((3, 4), np.float32))
    grad = np.arange(12, dtype=np.float32).reshape(4, 3).T
    p.grad = cr.Tensor(grad)
    optim.SGD([p], lr=1.0, momentum=0.9).step()
    np.testing.assert_array_equal(p.numpy(), -grad)


def test_a_graph_that_needs_old_weights_says_so():
    p = nn.Parameter(np.ones(3, np.float32))
    optimizer = optim.Adam([p])
    p.grad = cr.Tensor(np.ones(3, np.float32))
    y = (p * p).sum()
    optimizer.step()
    with pytest.raises(RuntimeError, match="changed in place after the forward pass"):
        y.backward()


@every_rule
def test_the_rate_may_be_changed_between_steps(make):
    model, loss = quadratic("numpy")
    optimizer = make(model.parameters())
    optimizer.param_groups[0]["lr"] = 0.0
    loss().backward()
    optimizer.step()
    np.testing.assert_array_equal(model.a.numpy(), [3, -2])
    optimizer.param_groups[0]["lr"] = np.float64(0.1)  # which must not turn the weights into float64
    optimizer.step()
    assert model.a.dtype == np.float32


def test_zero_grad(backend):
    model, loss = quadratic(backend)
    optimizer = optim.SGD(model.parameters())
    loss().backward()
    optimizer.zero_grad(set_to_none=False)
    assert not model.a.grad.numpy().any()
    optimizer.zero_grad()
    assert model.a.grad is None
