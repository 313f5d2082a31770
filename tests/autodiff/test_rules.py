"""`differentiable`: rules that users write, right and wrong."""

import numpy as np
import pytest

from chainrule import Tensor, differentiable, grad, no_grad, ops
from chainrule.backend import namespace


def leaf(*shape):
    return Tensor(np.random.default_rng(0).standard_normal(shape), requires_grad=True)


@differentiable
def scaled(x, weight, *, factor=2.0):
    """d(f x w) = f w dx + f x dw."""
    return factor * x * weight, (lambda g: factor * g * weight, lambda g: factor * g * x)


@differentiable
def both(x, y, *, wanted):
    """The sum and the product, with one pull-back for both arguments."""
    asked.append(wanted)

    def pull_back(grads):
        of_sum, of_product = grads
        return (of_sum + of_product * y if wanted[0] else None, of_sum + of_product * x if wanted[1] else None)

    return (x + y, x * y), pull_back


asked = []


def returning(value=None, pull=None):
    """An operation of two arguments with a wrong value or a wrong second pull-back."""

    @differentiable
    def broken(x, weight):
        return (x * weight if value is None else value(x)), (lambda g: g * weight, pull or (lambda g: g * x))

    return broken


class TestCalling:
    def test_names_and_documentation_are_kept(self):
        assert scaled.__name__ == "scaled" and "f w dx" in scaled.__doc__ and scaled.__module__ == __name__

    def test_by_position_and_by_name(self):
        x, w = leaf(2), leaf(2)
        expected = 3.0 * x.numpy() * w.numpy()
        for result in (scaled(x, w, factor=3.0), scaled(x, weight=w, factor=3.0), scaled(weight=w, x=x, factor=3.0)):
            np.testing.assert_allclose(result.numpy(), expected)
            assert result.requires_grad

    def test_arrays_give_arrays(self):
        assert type(scaled(np.ones(2), np.ones(2))) is np.ndarray
        assert type(scaled(np.float32(1.0), np.float32(2.0))) is np.ndarray

    def test_constants_give_constants(self):
        y = scaled(Tensor([1.0]), np.ones(1, np.float32))
        assert isinstance(y, Tensor) and not y.requires_grad

    def test_missing_and_unknown_arguments(self):
        with pytest.raises(TypeError, match=r"scaled.*missing a required argument: 'weight'"):
            scaled(leaf(2))
        with pytest.raises(TypeError, match=r"scaled.*unexpected keyword argument 'bias'"):
            scaled(leaf(2), leaf(2), bias=1.0)


class TestWanted:
    @pytest.fixture(autouse=True)
    def nothing_asked_before(self):
        asked.clear()

    def test_which_gradients_are_needed(self):
        both(leaf(2), np.ones(2))
        both(np.ones(2), leaf(2))
        both(leaf(2), leaf(2))
        assert asked == [(True, False), (False, True), (True, True)]

    def test_none_without_recording(self):
        both(np.ones(2), np.ones(2))
        with no_grad():
            both(leaf(2), leaf(2))
        assert asked == [(False, False)] * 2

    def test_a_joint_pull_back_of_two_results(self):
        x, y = leaf(3), leaf(3)
        total, product = both(x, y)
        (total * 2.0 + product).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), 2.0 + y.numpy())
        np.testing.assert_allclose(y.grad.numpy(), 2.0 + x.numpy())

    def test_a_result_that_nobody_uses_has_gradient_zero(self):
        x, y = leaf(3), leaf(3)
        both(x, y)[1].sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), y.numpy())

    def test_higher_derivatives(self):
        second = grad(grad(lambda x: both(x * x, x)[1]))(2.0)
        assert float(second) == 12.0


class TestWrongRules:
    def test_too_few_pull_backs(self):
        @differentiable
        def broken(x, y):
            return x * y, (lambda g: g,)

        with pytest.raises(RuntimeError, match=r"broken must return one pull-back for each of its 2 .* returned 1"):
            broken(leaf(2), leaf(2))

    def test_a_value_that_is_no_array(self):
        with pytest.raises(RuntimeError, match=r"broken must return an array, .* but its value is float"):
            returning(value=lambda x: 3.0)(leaf(2), leaf(2))

    def test_too_few_gradients_of_a_joint_pull_back(self):
        @differentiable
        def broken(x, y):
            return x * y, lambda g: (g,)

        with pytest.raises(RuntimeError, match=r"pull-back of broken must return 2 gradients, .* but returned 1"):
            broken(leaf(2), leaf(2)).sum().backward()

    @pytest.mark.parametrize(
        ("pull", "message"),
        [
            (lambda g: g[:1].sum(), r"float64 of shape \(2, 3\), .* but returned float64 of shape \(\)"),
            (lambda g: g.T, r"but returned float64 of shape \(3, 2\)"),
            (lambda g: g.astype(np.float32), r"must return float64 .* but returned float32"),
            (lambda g: None, "but returned NoneType"),
            (lambda g: 0.0, "but returned float"),
        ],
        ids=["scalar", "transposed", "dtype", "none", "number"],
    )
    def test_a_wrong_gradient_names_the_argument(self, pull, message):
        y = returning(pull=pull)(leaf(2, 3), leaf(2, 3))
        with pytest.raises(RuntimeError, match=f"pull-back of broken for argument 1, 'weight', .*{message}"):
            y.sum().backward()

    def test_a_pull_back_may_leave_broadcasting_to_the_engine(self):
        x, w = leaf(4, 3), leaf(3)
        scaled(x, w).sum().backward()
        np.testing.assert_allclose(w.grad.numpy(), 2.0 * x.numpy().sum(axis=0))

    def test_no_pull_back_means_no_gradient(self):
        @differentiable
        def chosen(which, x):
            return namespace(which, x).where(which > 0, x, 0.0), (None, lambda g: g * (which > 0))

        which, x = leaf(3), leaf(3)
        chosen(which, x).sum().backward()
        assert which.grad is None and x.grad is not None
        assert not chosen(which, np.ones(3)).requires_grad


class TestScalars:
    @pytest.mark.parametrize("scalar", [np.sqrt(64.0), 8.0, 8, np.float64(8), np.int64(8), True])
    def test_they_leave_the_dtype_alone(self, scalar):
        x = Tensor(np.ones(2, np.float32), requires_grad=True)
        for y in (x * scalar, scalar * x, x + scalar, scalar - x, x / scalar, ops.maximum(x, scalar)):
            assert y.dtype == np.float32
            y.sum().backward()
        assert x.grad.dtype == np.float32

    def test_by_themselves_they_keep_their_dtype(self):
        assert ops.exp(np.float32(1.0)).dtype == np.float32
        assert ops.add(np.float32(1.0), np.float32(1.0)).dtype == np.float32

    def test_sums_without_axes_can_be_used_further(self):
        x = leaf(3)
        total = ops.einsum("i,i->", x, x)
        (total * 2.0 + total * total).backward()
        np.testing.assert_allclose(x.grad.numpy(), (4.0 + 4.0 * total.item()) * x.numpy())
