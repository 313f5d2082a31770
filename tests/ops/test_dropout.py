"""Dropout: the mask decides, and is a constant."""

import numpy as np

from chainrule import Generator, Tensor, ops
from chainrule.backend import to_backend


def test_the_same_elements_are_dropped_backward(backend):
    x = Tensor(to_backend(np.ones((4, 50), np.float32), backend), requires_grad=True)
    mask = Generator(0).dropout_mask(x.shape, 0.25, like=x.value)
    y = ops.dropout(x, mask)
    y.sum().backward()
    np.testing.assert_array_equal(y.numpy(), np.asarray(mask))
    np.testing.assert_array_equal(x.grad.numpy(), np.asarray(mask))
    assert set(np.unique(mask)) == {np.float32(0.0), np.float32(1.0 / 0.75)}


def test_a_mask_that_is_a_tensor_gets_no_gradient():
    x, mask = Tensor(np.ones(3), requires_grad=True), Tensor(np.array([0.0, 2.0, 2.0]), requires_grad=True)
    ops.dropout(x, mask).sum().backward()
    assert mask.grad is None
