"""Pooling on the CPU against the reference."""

import numpy as np
import pytest

from chainrule.kernels.cpu import pooling as cpu
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import pooling as reference
from chainrule.kernels.reference.windows import window_count

# The images' shape (N, C, *S), then kernel, stride, padding, dilation.
CONFIGURATIONS = {
    "halving": ((3, 5, 8, 6), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)),
    "rest-left-out": ((3, 5, 7, 5), (2, 2), (2, 2), ((0, -1), (0, -1)), (1, 1)),
    "overlapping": ((2, 20, 9, 8), (3, 3), (2, 2), ((1, 1), (1, 0)), (1, 1)),
    "dilated": ((2, 3, 9, 8), (2, 3), (1, 2), ((1, 2), (1, 0)), (3, 2)),
    "gaps": ((2, 3, 9, 8), (2, 1), (4, 3), ((0, 0), (0, 0)), (1, 1)),
    "sequence": ((2, 3, 11), (3,), (2,), ((1, 1),), (1,)),
    "one-pixel": ((1, 1, 1, 1), (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1)),
    "whole-image": ((2, 3, 20, 20), (20, 20), (20, 20), ((0, 0), (0, 0)), (1, 1)),
    "volume": ((2, 2, 4, 5, 3), (2, 2, 2), (2, 1, 1), ((0, 0), (1, 1), (0, 0)), (1, 1, 1)),
    "many": ((9, 70, 33, 31), (3, 2), (2, 2), ((1, 1), (0, 0)), (1, 1)),
    "empty-batch": ((0, 3, 4, 4), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)),
}


@pytest.fixture(params=CONFIGURATIONS)
def configuration(request):
    return CONFIGURATIONS[request.param]


def run(kernels, x, grad, window):
    y, winners = kernels.max_pool(x, *window, True)
    assert np.array_equal(kernels.max_pool(x, *window, False)[0], y, equal_nan=True)
    dx = kernels.max_pool_scatter(grad, winners, x.shape, *window)
    results = [y, winners, dx]
    if all(d == 1 for d in window[3]):
        results += [kernels.sum_pool(x, *window[:3]), kernels.sum_pool_spread(grad, x.shape, *window[:3])]
    return results


def operands(rng, shape, *window):
    x = rng.standard_normal(shape, dtype="f")
    return x, rng.standard_normal((*shape[:2], *window_count(shape[2:], *window)), dtype="f"), window


def test_values_and_gradients(rng, configuration):
    x, grad, window = operands(rng, *configuration)
    for found, expected in zip(run(cpu, x, grad, window), run(reference, x, grad, window)):
        assert found.dtype == expected.dtype and found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_results_are_channels_last(rng, configuration):
    x, grad, window = operands(rng, *configuration)
    for found in run(cpu, x, grad, window):
        assert np.moveaxis(found, 1, -1).flags.c_contiguous


def test_any_place_in_memory(rng, form):
    x, grad, window = operands(rng, *CONFIGURATIONS["overlapping"])
    for found, expected in zip(run(cpu, form(x), form(grad), window), run(cpu, x, grad, window)):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kernels", [cpu, reference])
def test_ties_and_odd_numbers(kernels):
    """The first of equals, even if all are minus infinity; the last NaN."""
    x = np.array([[1, 1], [-np.inf, -np.inf], [np.nan, 5], [np.nan, np.nan], [3, np.nan]], np.float32)
    y, winners = kernels.max_pool(x.reshape(5, 1, 2), (2,), (2,), ((0, 0),), (1,), True)
    np.testing.assert_array_equal(y[:, 0, 0], [1, -np.inf, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(winners[:, 0, 0], [0, 0, 0, 1, 1])
    _, winners = kernels.max_pool(np.full((1, 1, 2), -np.inf, np.float32), (2,), (2,), ((1, 1),), (1,), True)
    np.testing.assert_array_equal(winners[0, 0], [1, 0])  # not in the padding


def test_bits_do_not_depend_on_the_number_of_threads(rng):
    x, grad, window = operands(rng, *CONFIGURATIONS["many"])
    several = run(cpu, x, grad, window)
    with threads(1):
        for one, more in zip(run(cpu, x, grad, window), several):
            np.testing.assert_array_equal(one, more)


def test_double_precision_falls_back_to_the_reference(rng):
    x, grad, window = operands(rng, *CONFIGURATIONS["overlapping"])
    x, grad = x.astype("d"), grad.astype("d")
    for found, expected in zip(run(cpu, x, grad, window), run(reference, x, grad, window)):
        np.testing.assert_array_equal(found, expected)
