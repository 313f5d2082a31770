"""Functions without a gradient, and making arrays."""

import numpy as np
import pytest

from chainrule import Tensor, ops

X = np.array([[1.5, -2.5, np.nan], [0.0, 3.0, np.inf]], np.float32)


@pytest.mark.parametrize("name", ["sign", "floor", "ceil", "round", "isfinite", "isnan", "zeros_like", "ones_like"])
def test_they_are_numpys_and_constants(name):
    ours, expected = getattr(ops, name), getattr(np, name)(X)
    np.testing.assert_array_equal(ours(X), expected)
    found = ours(Tensor(X, requires_grad=True))
    np.testing.assert_array_equal(found.numpy(), expected)
    assert not found.requires_grad and found.dtype == expected.dtype


@pytest.mark.parametrize("name", ["argmax", "argmin", "any", "all"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_reductions(name, axis):
    expected = getattr(np, name)(X[:, :2], axis=axis)
    np.testing.assert_array_equal(getattr(ops, name)(X[:, :2], axis=axis), expected)
    found = getattr(Tensor(X[:, :2], requires_grad=True), name)(axis=axis)
    np.testing.assert_array_equal(found.numpy(), expected)


@pytest.mark.parametrize("name", ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"])
def test_comparisons(name):
    expected = getattr(np, name)(X, 1.5)
    np.testing.assert_array_equal(getattr(ops, name)(X, 1.5), expected)
    np.testing.assert_array_equal(getattr(ops, name)(Tensor(X), 1.5).numpy(), expected)


@pytest.mark.parametrize("name", ["logical_and", "logical_or"])
def test_logic(name):
    a, b = np.array([True, True, False, False]), np.array([True, False, True, False])
    np.testing.assert_array_equal(getattr(ops, name)(Tensor(a), b).numpy(), getattr(np, name)(a, b))
    np.testing.assert_array_equal(ops.logical_not(Tensor(a)).numpy(), ~a)


def test_arrays_give_arrays_and_tensors_give_tensors():
    assert isinstance(ops.sign(X), np.ndarray) and isinstance(ops.sign(Tensor(X)), Tensor)
    assert isinstance(ops.less(X, Tensor(X)), Tensor)


def test_full_like_keeps_the_dtype():
    assert ops.full_like(Tensor(X), 2.5).dtype == np.float32


class TestMaking:
    def test_floating_point_numbers_are_float32(self):
        for made in (ops.zeros((2, 3)), ops.ones(4), ops.full((2,), 0.5), ops.arange(0.0, 1.0, 0.25)):
            assert isinstance(made, Tensor) and made.dtype == np.float32 and not made.requires_grad

    def test_integers_and_truth_values_stay(self):
        assert ops.arange(3).dtype == np.int64 and ops.full(2, 7).dtype == np.int64
        assert ops.full((2,), True).dtype == np.bool_

    def test_a_dtype_can_be_given(self):
        assert ops.zeros(2, dtype="int32").dtype == np.int32 and ops.arange(3, dtype=np.float64).dtype == np.float64

    def test_arange_counts_as_numpy_does(self):
        for arguments in [(4,), (1, 5), (5, 0, -2), (0.5, 2.0)]:
            np.testing.assert_array_equal(ops.arange(*arguments).numpy(), np.arange(*arguments))

    def test_asarray(self):
        x = Tensor(X, requires_grad=True)
        assert ops.asarray(x) is x and ops.asarray(x, dtype=np.float32) is x
        assert ops.asarray(x, dtype=np.float64).requires_grad
        assert ops.asarray([1.0, 2.0]).dtype == np.float32
