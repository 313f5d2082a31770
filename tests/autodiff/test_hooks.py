"""register_hook and retain_grad."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import differentiable

X = np.array([0.5, -1.0, 2.0])


@differentiable
def swapped(x, y):
    """An operation with two results."""
    return (y * 1.0, x * 1.0), lambda grads: (grads[1], grads[0])


def leaf():
    return cr.Tensor(X, requires_grad=True)


def test_a_hook_sees_the_whole_gradient_once():
    x, seen = leaf(), []
    y = x * 2.0
    y.register_hook(lambda grad: seen.append(np.array(grad)))
    (y * y + 3.0 * y).sum().backward()
    (found,) = seen
    np.testing.assert_allclose(found, 2 * (2 * X) + 3)


def test_a_hook_replaces_the_gradient():
    x = leaf()
    y = x * 2.0
    y.register_hook(lambda grad: grad * 10.0)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 20 * np.ones(3))


def test_hooks_run_in_order_and_can_be_removed():
    x, order = leaf(), []
    remove = x.register_hook(lambda grad: order.append("first"))
    x.register_hook(lambda grad: order.append("second"))
    x.sum().backward()
    remove()
    x.sum().backward()
    assert order == ["first", "second", "second"]


def test_a_hook_on_a_leaf_changes_what_is_added():
    x = leaf()
    x.register_hook(lambda grad: grad.clip(-1, 1))
    (5.0 * x).sum().backward()
    (5.0 * x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.ones(3))


def test_a_hook_on_one_of_several_results():
    x, seen = leaf(), []
    first, second = swapped(x, x * 2.0)
    second.register_hook(lambda grad: seen.append(np.array(grad)))
    (first.sum() + (second * second).sum()).backward()
    np.testing.assert_allclose(seen, [2 * X])
    np.testing.assert_allclose(x.grad.numpy(), 2 + 2 * X)


def test_hooks_inside_grad():
    def function(x):
        y = x * x
        y.register_hook(lambda grad: grad * 2.0)
        return y.sum()

    np.testing.assert_allclose(cr.grad(function)(X), 4 * X)


def test_retained_gradients_add_up_and_share_no_memory():
    x = leaf()
    y = x * 2.0
    y.retain_grad()
    loss = (y * y).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    np.testing.assert_allclose(y.grad.numpy(), 2 * 2 * (2 * X))
    assert not np.shares_memory(y.grad.numpy(), x.grad.numpy())


def test_retain_grad_does_not_keep_the_tensor_alive():
    x = leaf()
    (x * 2.0).retain_grad()
    (x * 2.0).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.ones(3))


def test_what_has_no_gradient_takes_no_hook():
    with pytest.raises(RuntimeError, match="register_hook is for tensors that get a gradient"):
        cr.Tensor(X).register_hook(print)
    with pytest.raises(RuntimeError, match="retain_grad is for tensors that get a gradient"):
        cr.Tensor(X).retain_grad()


def test_a_replacement_of_the_wrong_shape_is_refused():
    x = leaf()
    x.register_hook(lambda grad: grad[:2])
    with pytest.raises(RuntimeError, match=r"must return shape \(3,\) or None, but returned \(2,\)"):
        x.sum().backward()
