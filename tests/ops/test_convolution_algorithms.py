"""The choice of an algorithm, as users make it."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import ops
from chainrule.ops.convolution_algorithms import choose_algorithm, multiplications

RNG = np.random.default_rng(0)
IMAGES = RNG.standard_normal((2, 16, 9, 8), dtype=np.float32)
FILTERS = RNG.standard_normal((24, 16, 3, 3), dtype=np.float32)
SHAPES = IMAGES.shape, FILTERS.shape


def gradients(enter=None, **options):
    """Result and gradients; the backward pass comes after the context."""
    x, w = (cr.Tensor(array, requires_grad=True) for array in (IMAGES, FILTERS))
    if enter is None:
        y = ops.conv2d(x, w, padding=1, **options)
    else:
        with enter:
            y = ops.conv2d(x, w, padding=1, **options)
    ops.sum(y**2).backward()
    return [array.numpy() for array in (y, x.grad, w.grad)]


@pytest.mark.parametrize("algorithm", multiplications(*SHAPES))
def test_all_algorithms_agree(algorithm):
    for found, expected in zip(gradients(algorithm=algorithm), gradients(algorithm="im2col")):
        assert np.abs(found - expected).max() <= 2e-5 * np.abs(expected).max()


def test_winograd_can_be_turned_off():
    assert choose_algorithm(*SHAPES, padding=1).name == "winograd"
    with cr.no_winograd():
        assert choose_algorithm(*SHAPES, padding=1).name == "direct"
    for found, exact, fast in zip(gradients(cr.no_winograd()), gradients(algorithm="direct"), gradients()):
        np.testing.assert_array_equal(found, exact)
        assert not np.array_equal(found, fast)


def test_higher_derivatives_keep_the_algorithm():
    def loss(x, w):
        with cr.no_winograd():
            return ops.sum(ops.conv2d(x, w, padding=1) ** 2)

    def asked(x, w):
        return ops.sum(ops.conv2d(x, w, padding=1, algorithm="direct") ** 2)

    directions = np.ones_like(IMAGES), np.ones_like(FILTERS)
    found, expected = (cr.hessian_vector_product(f, (IMAGES, FILTERS), directions) for f in (loss, asked))
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one, other)


def test_other_types_have_one_way():
    x, w = IMAGES.astype(np.float64), FILTERS.astype(np.float64)
    np.testing.assert_array_equal(ops.conv2d(x, w, algorithm="winograd"), ops.conv2d(x, w))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"algorithm": "fastest"}, "conv2d expected algorithm out of .*'winograd'.* but got 'fastest'"),
        ({"algorithm": "winograd", "stride": 2}, "algorithm='winograd' expected stride 1"),
        ({"algorithm": "depthwise"}, "algorithm='depthwise' expected a group for each channel"),
        ({"algorithm": "pointwise"}, "algorithm='pointwise' expected filters of 1x1, but got 3x3"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ValueError, match=message) as raised:
        ops.conv2d(IMAGES, FILTERS, **options)
    assert "\n" not in str(raised.value)


def test_multiplications_by_hand():
    found = multiplications(*SHAPES, padding=1)
    assert found["direct"] == 2 * 9 * 8 * 24 * 16 * 9
    assert found["winograd"] == 2 * 3 * 2 * 36 * 24 * 16
    assert "depthwise" not in found


def test_groups_one_after_another_leave_each_group_to_others():
    rng = np.random.default_rng(0)
    x, w = (rng.normal(size=size).astype(np.float32) for size in ((2, 6, 9, 9), (4, 3, 3, 3)))
    found, expected = (ops.conv2d(x, w, groups=2, algorithm=name) for name in ("grouped", "im2col"))
    np.testing.assert_allclose(found, expected, atol=1e-5)
