"""Reductions where the harness does not look: ties, zeros, errors."""

import math

import numpy as np
import pytest

from chainrule import Tensor, ops


def gradient(function, x):
    leaf = Tensor(np.asarray(x, np.float64), requires_grad=True)
    function(leaf).sum().backward()
    return leaf.grad.numpy()


def test_equal_largest_elements_share_the_gradient():
    x = [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]
    np.testing.assert_allclose(gradient(lambda x: x.max(axis=1), x), [[0, 0.5, 0.5], [1 / 3] * 3])
    np.testing.assert_allclose(gradient(lambda x: x.min(axis=0), x), [[1, 0, 0], [0, 1, 1]])


def test_prod_with_zeros():
    np.testing.assert_array_equal(gradient(ops.prod, [2.0, 0.0, 3.0]), [0.0, 6.0, 0.0])
    np.testing.assert_array_equal(gradient(ops.prod, [2.0, 0.0, 0.0]), [0.0, 0.0, 0.0])


def test_variance_and_its_corrections():
    x = np.random.default_rng(0).standard_normal((4, 5))
    for correction in (0, 1, 2.5):
        np.testing.assert_allclose(ops.var(x, axis=1, correction=correction), x.var(axis=1, ddof=correction))
        np.testing.assert_allclose(ops.std(x, correction=correction), x.std(ddof=correction))


def test_gradient_of_the_norm_of_nothing_is_zero():
    np.testing.assert_array_equal(
        gradient(lambda x: ops.norm(x, axis=1), [[0.0, 0.0], [3.0, 4.0]]), [[0, 0], [0.6, 0.8]]
    )


def test_norms_of_other_orders():
    x = np.array([3.0, -4.0])
    assert ops.norm(x, ord=1) == 7.0 and ops.norm(x, ord=math.inf) == 4.0
    with pytest.raises(ValueError, match="expected a positive ord, but got 0"):
        ops.norm(x, ord=0)


@pytest.mark.parametrize("operation", [ops.sum, ops.mean, ops.max, ops.var, ops.norm, ops.prod])
def test_an_axis_that_does_not_exist(operation):
    with pytest.raises((ValueError, IndexError), match=r"axis 2 is out of (range|bounds)"):
        operation(Tensor(np.ones((2, 3)), requires_grad=True), axis=2)


def test_sum_of_an_empty_axis():
    assert ops.sum(np.ones((0, 3)), axis=0).tolist() == [0.0] * 3
    assert gradient(lambda x: x.sum(), np.ones((0, 3))).shape == (0, 3)


def test_axes_may_be_given_by_position():
    x = Tensor(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(x.sum(1).numpy(), [3.0, 12.0])
    np.testing.assert_array_equal(x.mean((0, 1), True).numpy(), [[2.5]])


def test_the_mean_of_integers_is_a_floating_point_number():
    assert ops.mean(Tensor([1, 2])).item() == 1.5
