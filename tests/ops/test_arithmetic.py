"""Arithmetic where the harness does not look: ties, borders, dtypes."""

import numpy as np
import pytest

from chainrule import Tensor, grad, ops


def gradients(function, *arrays):
    leaves = [Tensor(np.asarray(x, np.float64), requires_grad=True) for x in arrays]
    function(*leaves).sum().backward()
    return [x.grad.numpy() for x in leaves]


@pytest.mark.parametrize("operation", [ops.maximum, ops.minimum])
def test_a_tie_shares_its_gradient(operation):
    for found in gradients(operation, [1.0, 2.0], [1.0, 2.0]):
        np.testing.assert_array_equal(found, [0.5, 0.5])


def test_not_a_number_passes_through():
    x = np.array([np.nan, 1.0])
    assert np.isnan(ops.maximum(x, 0.0)[0]) and np.isnan(ops.add(x, 1.0)[0])


class TestPower:
    def test_zero_to_the_zeroth(self):
        assert ops.power(np.zeros(2), 0).tolist() == [1.0, 1.0]
        np.testing.assert_array_equal(gradients(lambda x: x**0, [0.0, 2.0])[0], [0.0, 0.0])

    def test_slope_at_zero(self):
        np.testing.assert_array_equal(gradients(lambda x: x**1, [0.0])[0], [1.0])
        np.testing.assert_array_equal(gradients(lambda x: x**2, [0.0])[0], [0.0])

    def test_a_negative_base_with_an_integer_exponent(self):
        np.testing.assert_array_equal(gradients(lambda x: x**3, [-2.0])[0], [12.0])

    def test_by_the_exponent(self):
        by_base, by_exponent = gradients(ops.power, [0.0, 2.0, -2.0], [2.0, 3.0, 2.0])
        np.testing.assert_allclose(by_base, [0.0, 12.0, -4.0])
        np.testing.assert_allclose(by_exponent, [0.0, 8.0 * np.log(2.0), 0.0])

    def test_an_array_of_exponents_with_zeros(self):
        by_base, _ = gradients(ops.power, [0.0, 3.0], [0.0, 0.0])
        np.testing.assert_array_equal(by_base, [0.0, 0.0])

    def test_a_number_to_the_power_of_a_tensor(self):
        np.testing.assert_allclose(gradients(lambda y: 2.0**y, [3.0])[0], [8.0 * np.log(2.0)])

    def test_second_derivative_of_a_root(self):
        assert float(grad(grad(lambda x: x**0.5))(np.float64(4.0))) == pytest.approx(-0.25 * 4.0**-1.5)


class TestWhere:
    def test_no_gradient_comes_from_what_was_not_chosen(self):
        """The way around 0 times infinity: choose a safe argument first."""
        x = Tensor(np.array([0.0, 4.0]), requires_grad=True)
        safe = ops.where(x > 0, x, 1.0)
        ops.where(x > 0, safe.sqrt(), 0.0).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [0.0, 0.25])

    def test_infinite_gradients_are_stopped(self):
        x = Tensor(np.array([1.0, 1.0]), requires_grad=True)
        ops.where(np.array([True, False]), x, 0.0).backward(np.array([2.0, np.inf]))
        np.testing.assert_array_equal(x.grad.numpy(), [2.0, 0.0])


class TestDtypes:
    @pytest.mark.parametrize("operation", [ops.add, ops.subtract, ops.multiply, ops.divide, ops.power, ops.maximum])
    def test_integer_arrays_take_the_floating_point_dtype(self, operation):
        x, n = np.full(3, 2.0, np.float32), np.arange(1, 4)
        assert operation(x, n).dtype == np.float32 and operation(n, x).dtype == np.float32
        assert operation(Tensor(x), Tensor(n)).dtype == np.float32

    def test_truth_values_too(self):
        x = np.ones(2, np.float32)
        assert ops.multiply(x, x > 0).dtype == np.float32

    def test_two_precisions_are_refused(self):
        with pytest.raises(TypeError, match="add got arrays of float32 and float64"):
            ops.add(np.ones(2, np.float32), np.ones(2))
