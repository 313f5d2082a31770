"""Embeddings: adding up, the padding row, errors."""

import numpy as np
import pytest

from chainrule import Tensor, ops
from chainrule.backend import to_backend

TABLE = np.arange(8.0, dtype=np.float32).reshape(4, 2)


def test_gradients_of_a_row_that_is_read_often_add_up(backend):
    weight = Tensor(to_backend(TABLE, backend), requires_grad=True)
    ops.embedding(np.array([[1, 1], [3, 1]]), weight).sum().backward()
    np.testing.assert_array_equal(weight.grad.numpy(), [[0, 0], [3, 3], [0, 0], [1, 1]])


@pytest.mark.parametrize("padding", [1, -3])
def test_the_padding_row_is_read_but_gets_no_gradient(padding):
    weight = Tensor(TABLE, requires_grad=True)
    y = ops.embedding(Tensor([1, 2]), weight, padding_idx=padding)
    y.sum().backward()
    np.testing.assert_array_equal(y.numpy(), TABLE[[1, 2]])
    np.testing.assert_array_equal(weight.grad.numpy(), [[0, 0], [0, 0], [1, 1], [0, 0]])


@pytest.mark.parametrize("operation", [lambda ids: ops.embedding(ids, TABLE), lambda ids: ops.one_hot(ids, 4)])
def test_ids_that_are_none(operation):
    for wrong in (4, -1):
        with pytest.raises(IndexError, match=f"ids from 0 to 3, .* but got {wrong}"):
            operation(np.array([0, wrong]))
    with pytest.raises(TypeError, match="ids of an integer dtype, but got float64"):
        operation(np.array([0.0]))


def test_no_ids_at_all():
    assert ops.embedding(np.zeros((0, 3), int), TABLE).shape == (0, 3, 2)


def test_one_hot():
    rows = ops.one_hot(Tensor([[2, 0]]), 3)
    assert rows.dtype == np.int64 and not rows.requires_grad
    np.testing.assert_array_equal(rows.numpy(), [[[0, 0, 1], [1, 0, 0]]])
