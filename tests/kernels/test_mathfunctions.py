"""float32 functions for use inside kernels: precision over the whole range, infinities, NaN."""

import math

import numpy as np
import pytest

from chainrule.kernels.cpu import mathfunctions
from chainrule.kernels.cpu.compiler import kernel

HALF = np.float32(0.5)


def mapped(function, name):
    @kernel("void(Array(float32, 1, 'C', True), float32[::1])", name=name)
    def over_all(x, y):
        for i in range(x.size):
            y[i] = function(x[i])

    def call(x):
        y = np.empty(len(x), np.float32)
        over_all(np.asarray(x, np.float32), y)
        return y

    return call


def normal_kernel():
    exp, normal_cdf = mathfunctions.exp, mathfunctions.normal_cdf

    @kernel("void(Array(float32, 1, 'C', True), float32[::1])", name="normal")
    def over_all(x, y):
        for i in range(x.size):
            y[i] = normal_cdf(x[i], exp(-HALF * x[i] * x[i]))

    return over_all


def assert_relative(found, expected, tolerance):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=2e-38)


def test_exp():
    exp = mapped(mathfunctions.exp, "exp")
    x = np.linspace(-86.8, 88.7, 400_001).astype("f")
    assert_relative(exp(x), np.exp(x.astype("d")), 2e-7)
    np.testing.assert_array_equal(
        exp([0, -0.0, 1e-30, 88.73, 3e38, np.inf, -87, -104, -3e38, -np.inf]),
        [1, 1, 1, np.inf, np.inf, np.inf, 0, 0, 0, 0],
    )
    assert exp([88.72])[0] == pytest.approx(math.exp(np.float32(88.72)), rel=2e-7)
    assert np.isnan(exp([np.nan, -np.nan])).all()


def test_sigmoid():
    sigmoid = mapped(mathfunctions.sigmoid, "sigmoid")
    x = np.linspace(-86, 86, 400_001).astype("f")
    assert_relative(sigmoid(x), 1 / (1 + np.exp(-x.astype("d"))), 3e-7)
    np.testing.assert_array_equal(sigmoid([np.inf, -np.inf, 3e38, -3e38, np.nan]), [1, 0, 1, 0, np.nan])


def test_normal_cdf():
    x, y = np.linspace(-13, 13, 50_001).astype("f"), np.empty(50_001, "f")
    normal = normal_kernel()
    normal(x, y)
    assert_relative(y, [math.erfc(-v / math.sqrt(2)) / 2 for v in x.tolist()], 5e-6)
    np.testing.assert_allclose(y, [math.erfc(-v / math.sqrt(2)) / 2 for v in x.tolist()], atol=2e-7)
    edges = np.array([np.inf, -np.inf, 3e38, -3e38, 0, np.nan], "f")
    normal(edges, y[:6])
    np.testing.assert_array_equal(y[:6], [1, 0, 1, 0, 0.5, np.nan])
