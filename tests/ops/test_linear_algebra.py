"""Products of matrices: errors, memory, infinities."""

import numpy as np
import pytest

from chainrule import Tensor, ops


@pytest.mark.parametrize(("a", "b"), [((2, 3), (2, 3)), ((3,), (4,)), ((), (3, 3)), ((2, 3), ())])
def test_lengths_that_do_not_fit(a, b):
    with pytest.raises(ValueError, match=r"matmul expected shapes \(\.\.\., M, K\) and \(\.\.\., K, N\), but got"):
        ops.matmul(Tensor(np.ones(a)), Tensor(np.ones(b)))


def test_linear_says_what_does_not_fit():
    x, weight = np.ones((2, 3)), np.ones((4, 5))
    with pytest.raises(ValueError, match=r"linear expected x \(\.\.\., D\) and weight \(F, D\), but got \(2, 3\)"):
        ops.linear(x, weight)
    with pytest.raises(ValueError, match=r"bias of shape \(4,\), but got \(1,\)"):
        ops.linear(np.ones((2, 5)), weight, np.ones(1))


@pytest.mark.parametrize("subscripts", ["ij->k", "ii->i", "...i->i", "ijk->i", "ij,jk->ik", "ij->jj"])
def test_einsum_refuses_what_it_cannot_read(subscripts):
    with pytest.raises(ValueError, match="einsum"):
        ops.einsum(subscripts, np.ones((2, 2)))


def test_einsum_without_an_arrow():
    a, b = np.random.default_rng(0).standard_normal((2, 3, 3))
    np.testing.assert_allclose(ops.einsum("ij,jk", a, b), a @ b)


def test_einsum_takes_one_array_twice():
    x = Tensor(np.arange(3.0), requires_grad=True)
    ops.einsum("i,i->", x, x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * np.arange(3.0))


def test_weights_gradients_are_laid_out_as_the_weights():
    x = Tensor(np.ones((5, 3), np.float32))
    weight = Tensor(np.ones((4, 3), np.float32), requires_grad=True)
    ops.linear(x, weight).sum().backward()
    assert weight.grad.value.flags.c_contiguous
    np.testing.assert_array_equal(weight.grad.numpy(), np.full((4, 3), 5.0))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_not_finite_is_not_hidden(wrong):
    a = np.ones((3, 3), np.float32)
    a[1, 1] = wrong
    with np.errstate(invalid="ignore"):
        assert not np.isfinite(ops.matmul(a, np.ones((3, 2), np.float32))[1]).any()
