"""Values, gradients and products with the second derivatives of random expressions, against JAX's own."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import chainrule as cr
from chainrule import ops

_SPEC = importlib.util.spec_from_file_location("expressions", Path(__file__).with_name("expressions.py"))
ex = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ex)

jax = pytest.importorskip("jax")


def jax_results(expression):
    """JAX's value, gradients and product."""
    with jax.enable_x64(True):
        function = lambda *xs: ex.evaluate(expression, jax.numpy, xs)
        point = tuple(map(jax.numpy.asarray, ex.point()))
        gradient = jax.grad(function, argnums=(0, 1, 2))
        found, product = jax.jvp(gradient, point, tuple(map(jax.numpy.asarray, ex.direction())))
        return function(*point), tuple(map(np.asarray, found)), tuple(map(np.asarray, product))


@pytest.mark.slow
@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(ex.expressions())
def test_random_expressions_agree_with_jax(expression):
    compare(expression)


def compare(expression):
    function = lambda *xs: ex.evaluate(expression, ops, xs)
    value, gradients, product = jax_results(expression)
    _, pull_back = cr.vjp(function, *ex.point())
    ex.assert_same((function(*ex.point()),), (value,), "value")
    ex.assert_same(pull_back(np.float64(1.0)), gradients, "gradient")
    ex.assert_same(cr.hessian_vector_product(function, ex.point(), ex.direction()), product, "product")


@pytest.mark.parametrize("name", sorted(ex.UNARY))
def test_each_function_of_one_matrix(name):
    compare((name, ("matmul", 0, 1)))


@pytest.mark.parametrize("name", sorted(ex.BINARY))
def test_each_function_of_two_matrices(name):
    compare((name, ("sin", 0), ("matmul", 1, 2)))
