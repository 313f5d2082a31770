"""vjp, grad, value_and_grad and jvp over trees, nested, and on wrong input."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import ops

X = np.array([0.3, -1.2, 2.0])
W = np.array([[0.5, -0.4, 1.1], [0.2, 0.9, -0.7]])


def cube(x):
    return x * x * x


class TestGrad:
    def test_first_to_fourth_order_of_a_polynomial(self):
        expected, derivative = [3 * 2.0**2, 6 * 2.0, 6.0, 0.0], cube
        for value in expected:
            derivative = cr.grad(derivative)
            assert float(derivative(2.0)) == pytest.approx(value)

    def test_arrays_give_arrays_and_tensors_give_tensors(self):
        assert isinstance(cr.grad(lambda x: cube(x).sum())(X), np.ndarray)
        assert isinstance(cr.grad(lambda x: cube(x).sum())(cr.Tensor(X)), cr.Tensor)

    def test_several_arguments(self):
        by_x, by_w = cr.grad(lambda x, w: (w @ x).sum(), argnums=(0, 1))(X, W)
        np.testing.assert_allclose(by_x, W.sum(axis=0))
        np.testing.assert_allclose(by_w, np.broadcast_to(X, W.shape))

    def test_negative_argument_number_and_keywords(self):
        found = cr.grad(lambda x, w, *, scale: (w * x).sum() * scale, argnums=-1)(X, W, scale=3.0)
        np.testing.assert_allclose(found, 3.0 * np.broadcast_to(X, W.shape))

    def test_trees_keep_their_form(self):
        tree = {"layers": [(W, X), {"bias": np.float64(0.5)}], "none": None}
        loss = lambda t: (t["layers"][0][0] @ t["layers"][0][1]).sum() * t["layers"][1]["bias"]
        value, found = cr.value_and_grad(loss)(tree)
        assert float(value) == pytest.approx((W @ X).sum() * 0.5)
        assert found["none"] is None
        assert isinstance(found["layers"][0], tuple)
        np.testing.assert_allclose(found["layers"][0][0], 0.5 * np.broadcast_to(X, W.shape))
        np.testing.assert_allclose(found["layers"][1]["bias"], (W @ X).sum())

    def test_value_of_one_element_in_any_shape(self):
        for shape in ((), (1,), (1, 1)):
            found = cr.grad(lambda x, shape=shape: ops.reshape(x.sum(), shape=shape))(X)
            np.testing.assert_allclose(found, np.ones(3))

    def test_integers_beside_the_differentiated_argument(self):
        found = cr.grad(lambda x, index: x[index].sum())(X, np.array([0, 2, 2]))
        np.testing.assert_allclose(found, [1.0, 0.0, 2.0])


class TestNesting:
    def test_no_perturbation_confusion(self):
        # d/dx (x * d/dy (x + y)) = 1, which an engine without levels gets wrong.
        found = cr.grad(lambda x: x * cr.grad(lambda y: x + y)(1.0))(1.0)
        assert float(found) == pytest.approx(1.0)

    def test_inner_derivative_by_the_outer_variable(self):
        # f(x) = x**2 g'(x) with g(y) = sin(x y): f = x**3 cos(x**2)
        found = cr.grad(lambda x: x * x * cr.grad(lambda y: ops.sin(x * y))(x))(1.3)
        expected = 3 * 1.3**2 * np.cos(1.3**2) - 2 * 1.3**4 * np.sin(1.3**2)
        assert float(found) == pytest.approx(expected)

    def test_backward_through_grad(self):
        x = cr.Tensor(X, requires_grad=True)
        slope = cr.grad(lambda y: cube(y).sum())(x)
        (slope * slope).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), 2 * (3 * X**2) * (6 * X))

    def test_backward_by_a_parameter_that_the_inner_function_closes_over(self):
        w = cr.Tensor(W, requires_grad=True)
        penalty = (cr.grad(lambda x: ops.tanh(w @ x).sum())(X) ** 2).sum()
        penalty.backward()
        step = 1e-6 * np.ones_like(W)
        measured = (_penalty(W + step) - _penalty(W - step)) / 2e-6
        assert float(w.grad.numpy().sum()) == pytest.approx(measured, rel=1e-6)

    def test_grad_inside_no_grad_still_works(self):
        w = cr.Tensor(W, requires_grad=True)
        with cr.no_grad():
            found = cr.grad(lambda x: (w @ x).sum())(cr.Tensor(X))
        np.testing.assert_allclose(found.numpy(), W.sum(axis=0))
        assert not found.requires_grad

    def test_no_grad_inside_grad_is_a_constant(self):
        def stopped(x):
            with cr.no_grad():
                factor = x * 1.0
            return (factor * x).sum()

        np.testing.assert_allclose(cr.grad(stopped)(X), X)

    def test_detach_inside_grad_is_a_constant(self):
        np.testing.assert_allclose(cr.grad(lambda x: (x.detach() * x).sum())(X), X)


def _penalty(w):
    slope = w.T @ (1 - np.tanh(w @ X) ** 2)
    return float((slope**2).sum())


class TestUnused:
    def test_an_argument_that_took_no_part_is_named(self):
        with pytest.raises(ValueError, match=r"argument 1\['b'\]\[0\] took part in no operation.*allow_unused=True"):
            cr.grad(lambda x, t: (x * t["a"]).sum(), argnums=(0, 1))(X, {"a": X, "b": [W]})

    def test_or_is_none(self):
        found = cr.grad(lambda t: (t["a"] * 2).sum(), allow_unused=True)({"a": X, "b": [W]})
        assert found["b"] == [None]
        np.testing.assert_allclose(found["a"], 2 * np.ones(3))

    def test_a_derivative_that_is_zero_is_zeros(self):
        assert float(cr.grad(cr.grad(lambda x: 2.0 * x))(1.0)) == 0.0
        value, pull_back = cr.vjp(lambda x, y: x * 2, X, W)
        np.testing.assert_array_equal(pull_back(value)[1], np.zeros_like(W))


class TestPullBack:
    def test_many_results_and_many_calls(self):
        value, pull_back = cr.vjp(lambda x: {"sin": ops.sin(x), "pair": (x * x, x.sum())}, X)
        np.testing.assert_allclose(value["sin"], np.sin(X))
        zero = np.zeros(3)
        for _ in range(2):
            (found,) = pull_back({"sin": zero, "pair": (np.ones(3), np.float64(3.0))})
            np.testing.assert_allclose(found, 2 * X + 3)

    def test_jvp_is_the_transpose(self):
        rng = np.random.default_rng(0)
        v, u = rng.standard_normal(3), rng.standard_normal(2)
        f = lambda x: ops.tanh(W @ x)
        value, tangent = cr.jvp(f, (X,), (v,))
        np.testing.assert_allclose(value, np.tanh(W @ X))
        np.testing.assert_allclose(tangent, (1 - np.tanh(W @ X) ** 2) * (W @ v))
        assert float(u @ tangent) == pytest.approx(float(cr.vjp(f, X)[1](u)[0] @ v))

    def test_jvp_of_trees(self):
        value, tangent = cr.jvp(lambda t: {"y": t[0] * t[1]}, ((X, 2 * X),), ((np.ones(3), np.zeros(3)),))
        np.testing.assert_allclose(value["y"], 2 * X * X)
        np.testing.assert_allclose(tangent["y"], 2 * X)

    def test_grad_of_jvp(self):
        directional = lambda x: cr.jvp(lambda y: cube(y).sum(), (x,), (np.ones(3),))[1]
        np.testing.assert_allclose(cr.grad(directional)(X), 6 * X)


class TestWrongInput:
    def test_result_of_many_elements(self):
        with pytest.raises(ValueError, match=r"returns one element, but got shape \(3,\): take its \.sum\(\)"):
            cr.grad(cube)(X)

    def test_result_that_is_no_array(self):
        with pytest.raises(ValueError, match="returns one element, but got dict"):
            cr.grad(lambda x: {"loss": x.sum()})(X)

    def test_integers(self):
        with pytest.raises(TypeError, match=r"floating-point numbers, but these are int64: \.astype\('float32'\)"):
            cr.grad(cube)(np.array(2))

    def test_complex_numbers(self):
        with pytest.raises(TypeError, match=r"real numbers, but these are complex128: give \.real and \.imag"):
            cr.grad(cube)(np.array(2j))

    def test_gradient_of_the_wrong_shape_or_number(self):
        _, pull_back = cr.vjp(lambda x: (x * 2, x * 3), X)
        with pytest.raises(ValueError, match=r"gradient of shape \(3,\), but got \(2,\)"):
            pull_back((np.ones(3), np.ones(2)))
        with pytest.raises(ValueError, match="expected 2 gradients, one an output, but got 1"):
            pull_back(np.ones(3))

    def test_argument_that_was_not_given(self):
        with pytest.raises(ValueError, match="grad was asked for argument 2, but the function was called with 1"):
            cr.grad(cube, argnums=2)(X)
