"""Windows: extending, reading and adding up."""

import itertools

import numpy as np
import pytest

from chainrule.kernels.reference.windows import channels_first, channels_last, extended, fold_taps, taps, window_count


@pytest.mark.parametrize(("before", "after"), list(itertools.product(range(-5, 6), repeat=2)))
def test_extending_and_cutting(before, after):
    x = np.arange(1.0, 4.0)
    if len(x) + before + after >= 0:
        line = np.concatenate([np.full(9, -1.0), x, np.full(9, -1.0)])
        expected = line[9 - before : 9 + len(x) + after]
        np.testing.assert_array_equal(extended(x, (0,), ((before, after),), -1.0), expected)


def test_nothing_to_extend_is_no_copy():
    x = np.zeros((2, 3))
    assert extended(x, (0, 1), ((0, 0), (0, 0))) is x


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "dilation"),
    [(7, 3, 1, (1, 1), 1), (7, 3, 2, (0, 2), 1), (9, 2, 3, (1, 0), 2), (5, 4, 4, (3, 2), 1), (1, 1, 5, (0, 0), 1)],
)
def test_adding_up_is_the_transpose_of_reading(size, kernel, stride, padding, dilation):
    rng = np.random.default_rng(0)
    geometry = (kernel,), (stride,), (padding,), (dilation,)
    (count,) = window_count((size,), *geometry)
    x, parts = rng.standard_normal((2, size, 3)), rng.standard_normal((kernel, 2, count, 3))
    seen = list(taps(extended(x, (1,), (padding,)), (1,), (kernel,), (stride,), (dilation,)))
    assert [part.shape for part in seen] == [(2, count, 3)] * kernel
    assert np.sum(np.stack(seen) * parts) == pytest.approx(np.sum(x * fold_taps(list(parts), (size,), *geometry)))


def test_channels_go_to_the_end_and_back():
    x = np.arange(24).reshape(1, 2, 3, 4)
    assert channels_last(x).shape == (1, 3, 4, 2)
    np.testing.assert_array_equal(channels_first(channels_last(x)), x)
