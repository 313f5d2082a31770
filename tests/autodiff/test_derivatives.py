"""Jacobians, Hessians, products with them, and gradients an example."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import ops

RNG = np.random.default_rng(3)
W = RNG.standard_normal((4, 3))
X = RNG.standard_normal(3)
A = RNG.standard_normal((3, 3))


def quadratic(x):
    return (x * (A @ x)).sum()


class TestJacobian:
    def test_by_rows_where_results_are_few(self):
        found = cr.jacobian(lambda x: ops.tanh(W[:2] @ x))(X)
        np.testing.assert_allclose(found, (1 - np.tanh(W[:2] @ X) ** 2)[:, None] * W[:2])

    def test_by_columns_where_inputs_are_few(self):
        found = cr.jacobian(lambda x: ops.tanh(W @ x))(X)
        np.testing.assert_allclose(found, (1 - np.tanh(W @ X) ** 2)[:, None] * W)

    @pytest.mark.parametrize("rows", [1, 4])
    def test_shape_is_that_of_the_result_and_of_the_input(self, rows):
        x = RNG.standard_normal((3, 2))
        found = cr.jacobian(lambda y: W[:rows] @ y)(x)
        assert found.shape == (rows, 2, 3, 2)
        np.testing.assert_allclose(found, np.einsum("ik,jl->ijkl", W[:rows], np.eye(2)))

    def test_by_another_argument(self):
        found = cr.jacobian(lambda w, x: w @ x, argnum=1)(W, X)
        np.testing.assert_allclose(found, W)

    def test_of_one_element(self):
        np.testing.assert_allclose(cr.jacobian(lambda x: (x * x).sum())(X), 2 * X)

    def test_can_be_differentiated(self):
        trace_of_squares = lambda x: (cr.jacobian(lambda y: y * y)(x) ** 2).sum()
        np.testing.assert_allclose(cr.grad(trace_of_squares)(X), 8 * X)


class TestHessian:
    def test_of_a_quadratic_form(self):
        np.testing.assert_allclose(cr.hessian(quadratic)(X), A + A.T)

    def test_of_a_linear_function_is_zero(self):
        np.testing.assert_array_equal(cr.hessian(lambda x: (W @ x).sum())(X), np.zeros((3, 3)))

    def test_on_tensors(self):
        found = cr.hessian(quadratic)(cr.Tensor(X))
        assert isinstance(found, cr.Tensor)
        np.testing.assert_allclose(found.numpy(), A + A.T)

    def test_product_is_that_of_the_matrix(self):
        function = lambda x: (ops.exp(W @ x * 0.1) * (W @ x)).sum()
        v = RNG.standard_normal(3)
        (product,) = cr.hessian_vector_product(function, (X,), (v,))
        np.testing.assert_allclose(product, cr.hessian(function)(X) @ v)

    def test_product_over_trees_couples_them(self):
        function = lambda t, z: (t["w"] @ t["x"]).sum() * z
        point, z = {"w": W, "x": X}, np.float64(2.0)
        by_tree, by_z = cr.hessian_vector_product(
            function, (point, z), ({"w": 0 * W, "x": np.ones(3)}, np.float64(1.0))
        )
        np.testing.assert_allclose(by_tree["w"], np.broadcast_to(2.0 + X, W.shape))
        np.testing.assert_allclose(by_tree["x"], W.sum(axis=0))
        np.testing.assert_allclose(by_z, W.sum())

    def test_product_needs_one_element(self):
        with pytest.raises(ValueError, match="returns one element"):
            cr.hessian_vector_product(lambda x: x * x, (X,), (X,))


def squared_error(parameters, x, y):
    return ((ops.tanh(x @ parameters["w"]) - y) ** 2).sum()


def test_per_example_gradients_are_those_of_batches_of_one():
    x, y = RNG.standard_normal((5, 3)), RNG.standard_normal((5, 2))
    parameters = {"w": RNG.standard_normal((3, 2))}
    found = cr.per_example_grad(squared_error, parameters, x, y)["w"]
    assert found.shape == (5, 3, 2)
    for i in range(5):
        alone = cr.grad(squared_error)(parameters, x[i : i + 1], y[i : i + 1])
        np.testing.assert_array_equal(found[i], alone["w"])
    np.testing.assert_allclose(found.sum(axis=0), cr.grad(squared_error)(parameters, x, y)["w"])
