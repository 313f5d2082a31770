"""Hooks of modules: called when they should be, with what they should see."""

import copy

import numpy as np

import chainrule as cr
from chainrule import nn

X = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)


def network():
    with cr.seed(0):
        return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))


def test_forward_hooks_see_and_change_arguments_and_results():
    model, seen = network(), []
    model[1].register_forward_pre_hook(lambda module, args: seen.append(("before", args[0].shape)))
    model[1].register_forward_hook(lambda module, args, result: seen.append((type(module).__name__, result.shape)))
    model[2].register_forward_pre_hook(lambda module, args: args[0] * 0.0)
    remove = model.register_forward_hook(lambda module, args, result: result + 1.0)
    np.testing.assert_allclose(model(X).numpy(), np.broadcast_to(model[2].bias.numpy() + 1.0, (3, 2)))
    remove()
    np.testing.assert_allclose(model(X).numpy(), np.broadcast_to(model[2].bias.numpy(), (3, 2)))
    assert seen == [("before", (3, 5)), ("Tanh", (3, 5))] * 2


def test_backward_hooks_see_both_ends_of_a_layer():
    model, seen = network(), {}
    model[2].register_full_backward_hook(lambda module, below, above: seen.update(below=below, above=above))
    model(X).sum().backward()
    np.testing.assert_array_equal(seen["above"][0], np.ones((3, 2), np.float32))
    np.testing.assert_allclose(seen["below"][0], np.ones((3, 2)) @ model[2].weight.numpy(), rtol=1e-6)


def test_backward_hooks_change_what_goes_on():
    model, plain = network(), network()
    model[2].register_full_backward_hook(lambda module, below, above: below[0] * 10.0)
    for network_ in (model, plain):
        network_(X).sum().backward()
    np.testing.assert_allclose(model[0].weight.grad.numpy(), 10 * plain[0].weight.grad.numpy(), rtol=1e-5)
    np.testing.assert_array_equal(model[2].weight.grad.numpy(), plain[2].weight.grad.numpy())


def test_a_first_layer_has_no_gradient_below():
    model, seen = network(), []
    model[0].register_full_backward_hook(lambda module, below, above: seen.append((below, above[0].shape)))
    model(X).sum().backward()
    assert seen == [((), (3, 5))]


def test_a_copy_has_its_own_hooks():
    model, seen = network(), []
    model.register_forward_hook(lambda module, args, result: seen.append(module))
    copied = copy.deepcopy(model)
    copied.register_forward_hook(lambda module, args, result: seen.append("second"))
    model(X)
    copied(X)
    assert seen == [model, copied, "second"]
