"""Gradients that the walk has made itself are neither copied nor shared."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import differentiable, ops

X = np.array([0.5, -1.0, 2.0])


def leaf(value=X):
    return cr.Tensor(value.copy(), requires_grad=True)


def addresses(*tensors):
    return {t.grad.value.__array_interface__["data"][0] for t in tensors}


def test_two_leaves_of_a_sum_have_gradients_of_their_own():
    x, y, seed = leaf(), leaf(), np.ones(3)
    (x + y).backward(seed)
    assert len(addresses(x, y)) == 2
    assert seed.__array_interface__["data"][0] not in addresses(x, y)
    x.grad.value += 5.0
    np.testing.assert_array_equal(y.grad.numpy(), np.ones(3))
    np.testing.assert_array_equal(seed, np.ones(3))


@differentiable
def twins(x, y):
    """A rule whose pull-back returns one array twice."""

    def pull(grad):
        doubled = grad * 2.0
        return doubled, doubled

    return x * 2.0 + y * 2.0, pull


def test_one_array_for_two_leaves():
    x, y = leaf(), leaf()
    twins(x, y).sum().backward()
    x.grad.value += 5.0
    np.testing.assert_array_equal(y.grad.numpy(), np.full(3, 2.0))


def test_one_array_for_two_operations_below():
    x = leaf()
    a, b = x * 3.0, x * 4.0
    (twins(a, b) + a + b * 10.0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.full(3, 3 * (2 + 1) + 4 * (2 + 10.0)))


def test_what_a_hook_has_kept_stays_as_it_was():
    x, kept = leaf(), []
    x.register_hook(kept.append)
    (x * 2.0).sum().backward()
    (x * 3.0).sum().backward()
    np.testing.assert_array_equal(kept[0], np.full(3, 2.0))
    np.testing.assert_array_equal(x.grad.numpy(), np.full(3, 5.0))


def test_many_arrivals_at_a_leaf_and_at_an_operation():
    x = leaf()
    y = x * 2.0
    total = y * 1.0
    for i in range(2, 6):
        total = total + y * float(i) + x
    total.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.full(3, 2 * (1 + 2 + 3 + 4 + 5) + 4.0))


@pytest.mark.parametrize("retain", [True, False])
def test_a_graph_that_is_used_twice(retain):
    x = leaf()
    loss = (ops.exp(x) * x).sum()
    loss.backward(retain_graph=True)
    first = x.grad.numpy().copy()
    loss.backward(retain_graph=retain)
    np.testing.assert_allclose(x.grad.numpy(), 2 * first)


def test_a_gradient_is_not_copied():
    x, made = leaf(), []

    @differentiable
    def tripled(x):
        def pull(grad):
            gradient = grad * 3.0
            made.append(id(gradient))
            return (gradient,)

        return x * 3.0, pull

    tripled(x).sum().backward()
    assert made == [id(x.grad.value)]


def test_views_are_copied():
    x = leaf(np.ones((2, 3)))
    y = x.T
    seed = np.arange(6.0).reshape(3, 2)
    y.backward(seed)
    x.grad.value += 1.0
    np.testing.assert_array_equal(seed, np.arange(6.0).reshape(3, 2))


@differentiable
def doubled_channels_last(x):
    """A rule whose pull-back returns a transposed view of an array of its own, or of one that others hold too."""

    def pull(grad):
        fresh = np.empty(grad.shape[::-1], grad.dtype).T
        fresh[...] = 2.0 * grad
        return (fresh,)

    return x * 2.0, pull


def test_fresh_views_are_added_to_in_place_and_given_away():
    x = leaf(np.ones((2, 3)))
    doubled_channels_last(x).sum().backward()
    assert x.grad.value.T.flags.c_contiguous
    y = leaf(np.ones((2, 3)))
    z = y * 1.0
    (doubled_channels_last(z) + z * 3.0).sum().backward()
    np.testing.assert_array_equal(y.grad.numpy(), np.full((2, 3), 5.0))


def test_views_that_share_memory_are_left_alone():
    memory = []

    @differentiable
    def twice(x, y):
        def pull(grad):
            both = np.stack([grad, grad])
            memory.append(both)
            return both[0], both[0]

        return x + y, pull

    x, y = leaf(), leaf()
    a, b = x * 1.0, y * 1.0
    (twice(a, b) + a + b).sum().backward()
    np.testing.assert_array_equal(memory[0], np.ones((2, 3)))
    np.testing.assert_array_equal(x.grad.numpy(), np.full(3, 2.0))
    np.testing.assert_array_equal(y.grad.numpy(), np.full(3, 2.0))
