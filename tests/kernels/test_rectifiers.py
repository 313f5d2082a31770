"""Piecewise linear activation functions on the CPU against the reference."""

import math

import numpy as np
import pytest

from chainrule.kernels.cpu import rectifiers as cpu
from chainrule.kernels.reference import rectifiers as reference

SETTINGS = {
    "relu": ("clamp", (0, math.inf)),
    "relu6": ("clamp", (0.0, 6.0)),
    "below": ("clamp", (-math.inf, 1.0)),
    "leaky": ("leaky_relu", (0.2,)),
}


@pytest.fixture(params=SETTINGS)
def function(request):
    return SETTINGS[request.param]


def run(kernels, function, g, x):
    name, settings = function
    return getattr(kernels, name)(x, *settings), getattr(kernels, f"{name}_backward")(g, x, *settings)


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (7, 5), (3, 333, 331)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_gradients(rng, function, shape, dtype):
    g, x = rng.standard_normal(shape).astype(dtype), (5 * rng.standard_normal(shape)).astype(dtype)
    for found, expected in zip(run(cpu, function, g, x), run(reference, function, g, x)):
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, expected)


def test_any_place_in_memory(rng, function, form):
    g, x = rng.standard_normal((2, 4, 5, 6), dtype="f")
    for found, expected in zip(run(cpu, function, form(g), form(x)), run(reference, function, g, x)):
        np.testing.assert_array_equal(found, expected)


def test_order_of_axes_is_kept(rng, function):
    x = np.moveaxis(rng.standard_normal((2, 4, 5, 3), dtype="f"), -1, 1)
    for found in run(cpu, function, np.ascontiguousarray(x), x):
        assert found.strides == x.strides


@pytest.mark.parametrize("kernels", [cpu, reference])
def test_bends_and_odd_numbers(kernels):
    x = np.array([-np.inf, 0.0, 6.0, np.inf, np.nan], np.float32)
    np.testing.assert_array_equal(kernels.clamp(x, 0, math.inf), [0, 0, 6, np.inf, np.nan])
    np.testing.assert_array_equal(kernels.clamp(x, 0.0, 6.0), [0, 0, 6, 6, np.nan])
    np.testing.assert_array_equal(kernels.clamp_backward(np.ones(5, "f"), x, 0.0, 6.0), [0, 0, 0, 0, 0])
    np.testing.assert_array_equal(kernels.clamp_backward(np.full(5, np.inf, "f"), x, 0, 7.0), [0, 0, np.inf, 0, 0])
    np.testing.assert_array_equal(kernels.leaky_relu(x, 0.5), [-np.inf, 0, 6, np.inf, np.nan])
