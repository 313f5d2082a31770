"""Interpolation and padding: where elements go, and bad input."""

import numpy as np
import pytest

from chainrule import ops

IMAGES = np.random.default_rng(0).standard_normal((2, 3, 4, 5))


def test_the_same_size_is_the_same_image():
    for mode in ("nearest", "bilinear"):
        np.testing.assert_array_equal(ops.interpolate(IMAGES, size=(4, 5), mode=mode), IMAGES)


def test_nearest_repeats_elements_even_infinite_ones():
    x = np.array([[[-np.inf, 1.0]]])
    np.testing.assert_array_equal(ops.interpolate(x, size=4), [[[-np.inf, -np.inf, 1.0, 1.0]]])
    np.testing.assert_array_equal(ops.interpolate(x, size=3), [[[-np.inf, -np.inf, 1.0]]])


def test_bilinear_keeps_a_plane():
    rows, columns = np.meshgrid(np.arange(4.0), np.arange(5.0), indexing="ij")
    plane = (2 * rows - 3 * columns)[None, None]
    larger = ops.interpolate(plane, size=(7, 9), mode="bilinear", align_corners=True)
    rows, columns = np.meshgrid(np.linspace(0, 3, 7), np.linspace(0, 4, 9), indexing="ij")
    np.testing.assert_allclose(larger[0, 0], 2 * rows - 3 * columns, atol=1e-12)


def test_images_stay_channels_last():
    x = np.moveaxis(np.zeros((2, 4, 5, 3)), -1, 1)
    results = [
        ops.interpolate(x, scale_factor=2),
        ops.interpolate(x, size=(3, 7), mode="bilinear"),
        ops.pad_images(x, 1),
        ops.pad_images(x, 1, "reflect"),
    ]
    for y in results:
        assert np.moveaxis(y, 1, -1).flags.c_contiguous


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.interpolate(IMAGES), "either size or scale_factor"),
        (lambda: ops.interpolate(IMAGES, 2, 2), "either size or scale_factor"),
        (lambda: ops.interpolate(IMAGES, scale_factor=0.1), "leaves something of an image of size"),
        (lambda: ops.interpolate(IMAGES, 2, mode="linear"), r"one of the modes \['nearest', 'bilinear'\]"),
        (lambda: ops.interpolate(IMAGES, 2, align_corners=True), "for its linear modes only"),
        (lambda: ops.pad_images(IMAGES, 4, "reflect"), "padding of 3 at most for mode 'reflect'"),
        (lambda: ops.pad_images(IMAGES, 1, "mirror"), "expected mode 'zeros', 'reflect', 'replicate', 'circular'"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
