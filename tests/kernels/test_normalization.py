"""Layer normalisation on the CPU against the reference in double precision."""

import numpy as np
import pytest

from chainrule.kernels.cpu import normalization as cpu
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import normalization as reference

ALL = (True, True, True)


def run(kernels, g, x, weight, bias, wanted=ALL):
    y, saved = kernels.layer_norm(x, weight, bias, 1e-5, save=True)
    return y, *kernels.layer_norm_backward(g, x, weight, saved, wanted)


@pytest.mark.parametrize("shape", [(5,), (1, 2), (3, 7), (2, 3, 65), (17, 256), (900, 100), (0, 4), (2, 0, 8)])
@pytest.mark.parametrize("with_weight", [True, False])
@pytest.mark.parametrize("with_bias", [True, False])
def test_values_and_gradients(rng, shape, with_weight, with_bias):
    x, g = 3 * rng.standard_normal(shape, dtype="f") + 2, rng.standard_normal(shape, dtype="f")
    weight = rng.standard_normal(shape[-1], dtype="f") if with_weight else None
    bias = rng.standard_normal(shape[-1], dtype="f") if with_bias else None
    doubles = (None if a is None else a.astype("d") for a in (g, x, weight, bias))
    for found, expected in zip(run(cpu, g, x, weight, bias), run(reference, *doubles)):
        assert found.dtype == np.float32 and found.shape == expected.shape
        scale = max(1.0, np.abs(expected).max(initial=0))
        np.testing.assert_allclose(found, expected, atol=4e-6 * scale, rtol=0)


def test_any_place_in_memory(rng, form):
    g, x = rng.standard_normal((2, 6, 37), dtype="f")
    weight, bias = rng.standard_normal((2, 37), dtype="f")
    expected = run(cpu, g, x, weight, bias)
    for found, wanted in zip(run(cpu, form(g), form(x), form(weight), form(bias)), expected):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("kernels", [cpu, reference])
def test_only_what_is_wanted(rng, kernels):
    g, x = rng.standard_normal((2, 6, 37), dtype="f")
    weight, bias = rng.standard_normal((2, 37), dtype="f")
    everything = run(kernels, g, x, weight, bias)[1:]
    for i in range(3):
        found = run(kernels, g, x, weight, bias, tuple(i == j for j in range(3)))[1:]
        assert [f is None for f in found] == [i != j for j in range(3)]
        np.testing.assert_array_equal(found[i], everything[i])
    assert kernels.layer_norm(x, weight, bias, 1e-5, save=False)[1] is None


def test_bits_do_not_depend_on_the_number_of_threads(rng):
    g, x = rng.standard_normal((2, 3000, 64), dtype="f")
    weight, bias = rng.standard_normal((2, 64), dtype="f")
    several = run(cpu, g, x, weight, bias)
    with threads(1):
        for one, more in zip(run(cpu, g, x, weight, bias), several):
            np.testing.assert_array_equal(one, more)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_nan_and_infinity_spoil_their_row_only(rng, odd):
    g, x = rng.standard_normal((2, 3, 40), dtype="f")
    x[1, 7] = odd
    y, dx, dweight, dbias = run(cpu, g, x, np.ones(40, "f"), np.zeros(40, "f"))
    assert np.isnan(y[1]).any() and np.isfinite(y[[0, 2]]).all()
    assert np.isnan(dx[1]).any() and np.isfinite(dx[[0, 2]]).all()
    assert np.isnan(dweight).any() and np.isfinite(dbias).all()


def test_rows_of_equal_elements():
    """The variance is zero; eps keeps the result finite."""
    y, dx, *_ = run(cpu, np.ones((2, 8), "f"), np.full((2, 8), 3.0, "f"), np.ones(8, "f"), np.ones(8, "f"))
    np.testing.assert_array_equal(y, np.ones((2, 8)))
    assert np.isfinite(dx).all()


def test_double_precision_falls_back_to_the_reference(rng):
    g, x = rng.standard_normal((2, 3, 4))
    for found, expected in zip(run(cpu, g, x, None, None), run(reference, g, x, None, None)):
        np.testing.assert_array_equal(found, expected)
