"""`no_grad` and `enable_grad`."""

import numpy as np
import pytest

from chainrule import Tensor, enable_grad, grad, is_grad_enabled, no_grad


@pytest.fixture
def x():
    return Tensor(np.arange(3.0), requires_grad=True)


def test_nothing_is_recorded_inside(x):
    with no_grad():
        y = x * 2.0
    assert not y.requires_grad and y.is_leaf
    assert (x * 2.0).requires_grad


def test_they_nest(x):
    assert is_grad_enabled()
    with no_grad():
        assert not is_grad_enabled()
        with enable_grad():
            assert is_grad_enabled() and (x * 2.0).requires_grad
            with no_grad():
                assert not (x * 2.0).requires_grad
        assert not (x * 2.0).requires_grad
    assert is_grad_enabled()


def test_an_exception_ends_them(x):
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x * 2.0).requires_grad


def test_as_decorators_also_of_functions_that_call_themselves(x):
    @no_grad()
    def doubled(x, times):
        return x if times == 0 else doubled(x * 2.0, times - 1)

    @enable_grad()
    def recorded(x):
        return x * 2.0

    assert not doubled(x, 3).requires_grad
    with no_grad():
        assert recorded(x).requires_grad
    assert (x * 2.0).requires_grad


def test_one_object_can_be_entered_again(x):
    off = no_grad()
    with off, off:
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_a_derivative_inside_no_grad_is_recorded_but_parameters_are_not(x):
    with no_grad():
        slope = grad(lambda z: (z * z * x).sum())(x)
    np.testing.assert_array_equal(slope.numpy(), 2 * np.arange(3.0) ** 2)
    assert not slope.requires_grad


def test_no_grad_inside_a_derivative(x):
    def function(z):
        with no_grad():
            factor = z * z
        return (factor * z).sum()

    np.testing.assert_array_equal(grad(function)(np.arange(3.0)), np.arange(3.0) ** 2)


def test_results_inside_are_plain_leaves(x):
    with no_grad():
        y = (x * 3.0).requires_grad_()
    (y * y).sum().backward()
    np.testing.assert_array_equal(y.grad.numpy(), 6.0 * np.arange(3.0))
    assert x.grad is None
