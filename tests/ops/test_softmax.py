"""Softmax: sums, masks, infinities."""

import numpy as np
import pytest

from chainrule import Tensor, ops

X = np.random.default_rng(0).standard_normal((5, 7)).astype(np.float32)


@pytest.mark.parametrize("axis", [0, 1, -2])
def test_probabilities_add_up(axis):
    np.testing.assert_allclose(ops.softmax(X * 30, axis=axis).sum(axis=axis), 1.0, rtol=1e-6)
    np.testing.assert_allclose(np.exp(ops.log_softmax(X, axis=axis)).sum(axis=axis), 1.0, rtol=1e-6)


def test_a_score_of_minus_infinity_has_probability_zero_and_no_gradient():
    x = X.copy()
    x[:, 2] = -np.inf
    leaf = Tensor(x, requires_grad=True)
    y = ops.softmax(leaf)
    assert not y.numpy()[:, 2].any()
    (y * y).sum().backward()
    assert np.isfinite(leaf.grad.numpy()).all() and not leaf.grad.numpy()[:, 2].any()


def test_gradients_along_a_row_add_up_to_zero():
    x = Tensor(X, requires_grad=True)
    (ops.softmax(x) * X).sum().backward()
    np.testing.assert_allclose(x.grad.numpy().sum(axis=1), 0.0, atol=1e-6)


def test_logsumexp_is_not_infinite_for_large_numbers():
    assert ops.logsumexp(np.array([1000.0, 1000.0])) == pytest.approx(1000.0 + np.log(2.0))
    assert ops.logsumexp(np.array([np.inf, 1.0])) == np.inf


def test_logaddexp_of_infinities():
    x, y = Tensor(np.array([-np.inf, 1.0]), requires_grad=True), np.array([-np.inf, -np.inf])
    z = ops.logaddexp(x, y)
    z.sum().backward()
    np.testing.assert_array_equal(z.numpy(), [-np.inf, 1.0])
    np.testing.assert_array_equal(x.grad.numpy(), [0.5, 1.0])
