"""Shapes: views, defaults, errors."""

import numpy as np
import pytest

from chainrule import Tensor, ops

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ops.reshape(x, shape=(6, 4)),
        lambda x: ops.transpose(x),
        lambda x: ops.swapaxes(x, 0, 2),
        lambda x: ops.expand_dims(x, 1),
        lambda x: ops.squeeze(x[:1], 0),
        lambda x: ops.flatten(x, 1),
        lambda x: ops.broadcast_to(x, shape=(5, 2, 3, 4)),
        lambda x: ops.split(x, 1)[1],
    ],
)
def test_nothing_is_copied(function):
    assert np.shares_memory(function(Tensor(X, requires_grad=True)).value, X)


def test_transposing_twice_changes_nothing():
    np.testing.assert_array_equal(ops.transpose(ops.transpose(X, axes=(2, 0, 1)), axes=(1, 2, 0)), X)


class TestSplit:
    def test_a_size_that_does_not_divide(self):
        assert [part.shape[1] for part in ops.split(X, 2, axis=1)] == [2, 1]

    def test_sizes_that_do_not_add_up(self):
        with pytest.raises(ValueError, match=r"add up to 3, the length of axis 1, but got \(1, 1\)"):
            ops.split(X, (1, 1), axis=1)


class TestSqueeze:
    def test_only_axes_of_length_one(self):
        with pytest.raises(ValueError, match=r"squeeze expected axis 1 to have length 1, but got shape \(2, 3, 4\)"):
            ops.squeeze(X, 1)

    def test_all_of_them_by_default(self):
        assert ops.squeeze(X[:1, :, None]).shape == (3, 4)


def test_reshape_to_another_size():
    with pytest.raises(ValueError, match=r"cannot reshape array of size 24 into shape \(5,\s?5\)"):
        ops.reshape(X, shape=(5, 5))


def test_concatenate_of_arrays_that_do_not_fit():
    with pytest.raises(ValueError, match="must match exactly"):
        ops.concatenate([X, X[:, :2]])


def test_concatenate_of_tensors_and_arrays():
    x = Tensor(X, requires_grad=True)
    ops.concatenate([X, x, Tensor(X)], axis=-1).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.ones_like(X))


def test_flatten_of_one_number():
    assert ops.flatten(Tensor(3.0)).shape == (1,)


def test_tile_with_fewer_numbers_than_axes():
    np.testing.assert_array_equal(ops.tile(X, (2, 3)), np.tile(X, (2, 3)))
