"""Indexing: kinds of indices, adding up, errors."""

import numpy as np
import pytest

from chainrule import Tensor, ops
from chainrule.backend import to_backend

X = np.arange(12.0, dtype=np.float32).reshape(3, 4)


@pytest.fixture
def x(backend):
    return Tensor(to_backend(X, backend), requires_grad=True)


def test_places_read_twice_add_up(x):
    x[np.array([2, 0, 2, 2])].sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.repeat([[1.0], [0.0], [3.0]], 4, axis=1))


def test_places_read_twice_by_two_arrays_add_up(x):
    x[np.array([0, 0, 1]), np.array([1, 1, -1])].sum().backward()
    expected = np.zeros((3, 4))
    expected[0, 1], expected[1, 3] = 2.0, 1.0
    np.testing.assert_array_equal(x.grad.numpy(), expected)


@pytest.mark.parametrize("index", [1, np.int64(1), [0, 2], (slice(None), [0, 2]), (1, None, ...)], ids=str)
def test_indices_are_numpys(x, index):
    np.testing.assert_array_equal(x[index].numpy(), X[index])


def test_a_tensor_as_index(x):
    np.testing.assert_array_equal(x[Tensor([2, 1])].numpy(), X[[2, 1]])
    np.testing.assert_array_equal(x[:, Tensor([2, 1])].numpy(), X[:, [2, 1]])


def test_a_comparison_as_index(x):
    chosen = x[x > 5.0]
    chosen.sum().backward()
    np.testing.assert_array_equal(chosen.numpy(), X[X > 5.0])
    np.testing.assert_array_equal(x.grad.numpy(), X > 5.0)


def test_an_empty_list(x):
    assert x[[]].shape == (0, 4)


def test_floating_point_indices_are_refused(x):
    with pytest.raises(IndexError, match=r"integers or truth values, but got float32: \.astype\('int64'\)"):
        x[Tensor([0.0, 1.0])]


def test_out_of_bounds():
    with pytest.raises(IndexError, match="out of bounds"):
        Tensor(X)[3]


def test_assignment_is_refused(x):
    with pytest.raises(TypeError, match="does not support item assignment"):
        x[0] = 1.0


def test_gather_adds_up(x):
    rows = np.array([[1, 1, 1], [0, 0, 3], [2, 2, 2]])
    ops.take_along_axis(x, rows, axis=1).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[0, 3, 0, 0], [2, 0, 0, 1], [0, 0, 3, 0]])
