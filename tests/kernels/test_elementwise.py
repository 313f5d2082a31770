"""Activation functions on the CPU against the reference in double precision."""

import math

import numpy as np
import pytest

from chainrule.kernels.cpu import elementwise as cpu
from chainrule.kernels.reference import elementwise as reference

NAMES = ["sigmoid", "silu", "gelu", "gelu_tanh"]
# Everywhere, densely around zero, and at the edges of what float32 can hold.
LINE = np.concatenate([np.linspace(-40, 40, 40001), np.geomspace(1e-30, 3e38, 500), -np.geomspace(1e-30, 3e38, 500)])


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_values_over_the_whole_line(name):
    x = LINE.astype("f")
    expected = getattr(reference, name)(x.astype("d"))
    np.testing.assert_allclose(getattr(cpu, name)(x), expected, rtol=1e-6, atol=4e-7)


def test_gradients_over_the_whole_line(name):
    x = LINE[np.abs(LINE) < 1e18].astype("f")  # the square of what is larger overflows
    expected = getattr(reference, f"{name}_backward")(np.ones_like(x, dtype="d"), x.astype("d"))
    found = getattr(cpu, f"{name}_backward")(np.ones_like(x), x)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_gradients_are_those_of_the_values(name):
    """Central differences, in double precision."""
    x, step = np.linspace(-6, 6, 201), 1e-5
    function = getattr(reference, name)
    differences = (function(x + step) - function(x - step)) / (2 * step)
    np.testing.assert_allclose(getattr(reference, f"{name}_backward")(np.ones_like(x), x), differences, atol=1e-9)


def test_sizes(rng, name):
    for n in (0, 1, 2, 15, 16, 17, 31, 33, 1000, 100_003):
        x, g = rng.standard_normal((2, n), dtype="f")
        for function, inputs in ((name, (x,)), (f"{name}_backward", (g, x))):
            found = getattr(cpu, function)(*inputs)
            expected = getattr(reference, function)(*(a.astype("d") for a in inputs))
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_any_place_in_memory(rng, form, name):
    g, x = rng.standard_normal((2, 6, 37), dtype="f")
    np.testing.assert_array_equal(getattr(cpu, name)(form(x)), getattr(cpu, name)(x))
    gradient = getattr(cpu, f"{name}_backward")
    np.testing.assert_array_equal(gradient(form(g), form(x)), gradient(g, x))
    np.testing.assert_array_equal(gradient(g, form(x)), gradient(g, x))


@pytest.mark.parametrize("shape", [(), (2, 3, 4, 5), (3, 2, 4)])
def test_axes_keep_their_order_in_memory(rng, shape, name):
    """Images may lie channels-last behind a transposed view; so do their results."""
    x = rng.standard_normal(shape, dtype="f")
    order = (0, *range(2, x.ndim), 1) if x.ndim else ()
    image = np.asarray(np.array(x.transpose(order), order="C").transpose(np.argsort(order)) if x.ndim else x)
    g = rng.standard_normal(shape, dtype="f")
    for found, expected in (
        (getattr(cpu, name)(image), getattr(cpu, name)(x)),
        (getattr(cpu, f"{name}_backward")(np.asarray(g), image), getattr(cpu, f"{name}_backward")(np.asarray(g), x)),
    ):
        np.testing.assert_array_equal(found, expected)
        assert found.strides == image.strides


def test_nan_and_infinity():
    odd = np.array([np.nan, np.inf, -np.inf] * 20, "f")
    np.testing.assert_array_equal(cpu.sigmoid(odd)[:3], [np.nan, 1, 0])
    np.testing.assert_array_equal(cpu.sigmoid_backward(np.ones_like(odd), odd)[:3], [np.nan, 0, 0])
    for name in NAMES[1:]:
        y = getattr(cpu, name)(odd)[:2]
        assert math.isnan(y[0]) and y[1] == np.inf
        assert np.isnan(getattr(cpu, f"{name}_backward")(np.ones_like(odd), odd)[0])


def test_broadcast_and_double_precision_fall_back_to_the_reference(rng, name):
    g, x = rng.standard_normal((2, 3, 4))
    np.testing.assert_array_equal(getattr(cpu, name)(x), getattr(reference, name)(x))
    gradient = f"{name}_backward"
    np.testing.assert_array_equal(getattr(cpu, gradient)(g, x), getattr(reference, gradient)(g, x))
    g, x = g[:1].astype("f"), x.astype("f")
    np.testing.assert_array_equal(getattr(cpu, gradient)(g, x), getattr(reference, gradient)(g, x))
