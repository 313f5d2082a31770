"""Pooling: ties, indices, padding and bad input."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import ops

IMAGES = np.random.default_rng(0).standard_normal((2, 3, 5, 6))


def test_the_first_of_equals_gets_the_gradient():
    x = cr.tensor(np.ones((1, 1, 2, 4)), requires_grad=True)
    ops.sum(ops.max_pool(x, 2)).backward()
    np.testing.assert_array_equal(x.grad.numpy()[0, 0], [[1, 0, 1, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": 2, "dilation": 2, "ceil_mode": True},
        {"kernel_size": (1, 4), "stride": 1},
    ],
)
@pytest.mark.parametrize("make", [np.asarray, cr.tensor])
def test_indices_point_at_the_elements(options, make):
    y, indices = ops.max_pool(make(IMAGES), return_indices=True, **options)
    assert type(indices) is type(y)
    y, indices = np.asarray(y), np.asarray(indices)
    rows = IMAGES.reshape(2, 3, -1)
    np.testing.assert_array_equal(np.take_along_axis(rows, indices.reshape(2, 3, -1), -1).reshape(y.shape), y)
    np.testing.assert_array_equal(y, ops.max_pool(IMAGES, **options))


@pytest.mark.parametrize("size", [(3, 4), (5, 3), 1])
def test_indices_of_adaptive_pooling(size):
    y, indices = ops.adaptive_max_pool(IMAGES, size, return_indices=True)
    rows = IMAGES.reshape(2, 3, -1)
    np.testing.assert_array_equal(np.take_along_axis(rows, indices.reshape(2, 3, -1), -1).reshape(y.shape), y)


def test_not_a_number_is_largest():
    x = IMAGES.copy()
    x[0, 0, 1, 1] = np.nan
    assert np.isnan(ops.max_pool(x, 2)[0, 0, 0, 0])
    assert np.isnan(ops.max_pool(x, 2)).sum() == 1


def test_integers_and_windows_of_many_elements():
    x = np.arange(-400, 0).reshape(1, 1, 20, 20)
    np.testing.assert_array_equal(ops.max_pool(x, 3, 2, 1)[0, 0, 0], np.append(np.arange(-379, -361, 2), -361)[:10])
    assert ops.max_pool(x, 20, return_indices=True)[1].item() == 399


def test_images_stay_channels_last():
    x = np.moveaxis(np.zeros((2, 5, 6, 3)), -1, 1)
    for pool in (ops.max_pool, ops.avg_pool):
        y = pool(x, 3, 2, 1)
        assert np.moveaxis(y, 1, -1).flags.c_contiguous


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.max_pool(IMAGES, 3, padding=2), r"max_pool expected padding of at most half its kernel \(3, 3\)"),
        (lambda: ops.max_pool(IMAGES, 6), r"max_pool expected an input no smaller than its kernel \(6, 6\)"),
        (lambda: ops.max_pool(IMAGES[0, 0], 2), r"max_pool expected an input of shape \(N, C, \.\.\.\)"),
        (lambda: ops.avg_pool(IMAGES, (2, 2, 2)), "avg_pool expected kernel_size to be .* a tuple of 2"),
        (lambda: ops.avg_pool(IMAGES, 2, stride=0), "avg_pool expected stride to be a whole number from 1 on"),
        (lambda: ops.avg_pool(IMAGES, 2, divisor_override=0), "avg_pool expected a divisor_override other than 0"),
        (lambda: ops.adaptive_avg_pool(IMAGES, 0), "adaptive_avg_pool expected output_size to be a whole number"),
        (lambda: ops.adaptive_max_pool(IMAGES, (1, 2, 3)), "adaptive_max_pool expected output_size"),
        (lambda: ops.adaptive_avg_pool(IMAGES[:, :, :0], 1), "without empty axes"),
        (lambda: ops.unfold(IMAGES, 9), "unfold expected an input no smaller than its kernel"),
        (
            lambda: ops.fold(np.zeros((1, 8, 3)), (3, 3), 2),
            r"fold to \(3, 3\) .* expected an input of shape \(N, 4 C",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
