"""Depthwise convolution: results that are written past the caches."""

import numpy as np
import pytest

from chainrule.kernels.cpu import convolution_depthwise as depthwise
from chainrule.kernels.cpu import simd
from chainrule.kernels.cpu.pool import threads


@pytest.mark.parametrize("stride", [1, 2])
def test_large_results_are_the_same_numbers(stride, monkeypatch, rng):
    x = rng.standard_normal((3, 9, 10, 32), dtype=np.float32).transpose(0, 3, 1, 2)
    weight, bias = rng.standard_normal((32, 1, 3, 3), dtype=np.float32), rng.standard_normal(32, dtype=np.float32)
    geometry = (stride, stride), ((1, 1), (1, 1)), (1, 1), 32

    def run():
        y = depthwise.conv(x, weight, bias, *geometry)
        return y, depthwise.conv_input_gradient(y, weight, x.shape, *geometry)

    expected = run()
    monkeypatch.setattr(simd, "_STREAMED", 0)
    for count in (1, 2):
        with threads(count):
            for found, before in zip(run(), expected):
                np.testing.assert_array_equal(found, before)
