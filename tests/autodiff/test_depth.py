"""Very deep graphs: forward, backward and freed without recursion."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import differentiable

DEPTHS = [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)]


def chain(x, depth):
    for _ in range(depth):
        x = x * 1.0
    return x


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_deep_chain_goes_forward_and_backward(depth):
    x = cr.Tensor(np.ones(2), requires_grad=True)
    y = chain(x, depth)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.ones(2))


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_deep_chain_is_freed_without_a_backward_pass(depth):
    y = chain(cr.Tensor(np.ones(2), requires_grad=True), depth)
    del y


def test_a_deep_chain_is_kept_and_used_again():
    x = cr.Tensor(np.ones(2), requires_grad=True)
    y = chain(x, 20_000).sum()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * np.ones(2))


def test_a_deep_chain_has_higher_derivatives():
    found = cr.grad(cr.grad(lambda x: chain(x, 5_000) ** 3))(2.0)
    assert float(found) == 12.0


def test_a_deep_graph_in_which_all_nodes_share_a_leaf():
    x = cr.Tensor(np.float64(1e-5), requires_grad=True)
    total = x
    for _ in range(50_000):
        total = total + x * total.detach()
    total.backward()
    assert x.grad.item() > 1.0


def test_a_deep_chain_of_operations_with_two_results():
    a, b = cr.Tensor(np.ones(2), requires_grad=True), cr.Tensor(np.zeros(2))
    first, second = a, b
    for _ in range(20_000):
        first, second = exchanged(first, second)
    (first + second).sum().backward()
    np.testing.assert_array_equal(a.grad.numpy(), np.ones(2))


@differentiable
def exchanged(x, y):
    return (y * 1.0, x * 1.0), lambda grads: (grads[1], grads[0])
