"""Running results: lengths that are no power of two, empty axes, ties."""

import numpy as np
import pytest

from chainrule import Tensor, ops

PAIRS = [
    (ops.cumsum, np.add),
    (ops.cumprod, np.multiply),
    (ops.cummax, np.maximum),
    (ops.cummin, np.minimum),
    (ops.logcumsumexp, np.logaddexp),
]


@pytest.mark.parametrize(("operation", "step"), PAIRS)
@pytest.mark.parametrize("length", [0, 1, 2, 7, 8, 9, 33])
def test_every_length(operation, step, length):
    x = np.random.default_rng(0).standard_normal((2, length))
    np.testing.assert_allclose(operation(x, axis=1), step.accumulate(x, axis=1), rtol=1e-10)
    np.testing.assert_allclose(operation(x.T, axis=-2), step.accumulate(x.T, axis=0), rtol=1e-10)


def test_equal_largest_elements_share_the_gradient():
    x = Tensor(np.array([1.0, 1.0]), requires_grad=True)
    ops.cummax(x, 0)[1].backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0.5, 0.5])


def test_products_around_a_zero():
    x = Tensor(np.array([2.0, 0.0, 3.0]), requires_grad=True)
    ops.cumprod(x, 0).sum().backward()  # of a + a b + a b c
    np.testing.assert_array_equal(x.grad.numpy(), [1.0, 8.0, 0.0])
