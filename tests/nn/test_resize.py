"""`Upsample`, `ZeroPad`, `Unfold`, `Fold` and `Dropout2d`."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, ops

from .checks import normal

IMAGES = normal(2, 3, 4, 5)


def test_upsample():
    y = nn.Upsample(scale_factor=2)(IMAGES)
    np.testing.assert_array_equal(y, IMAGES.repeat(2, axis=2).repeat(2, axis=3))
    layer = nn.Upsample(size=(6, 7), mode="bilinear", align_corners=True)
    np.testing.assert_array_equal(layer(IMAGES), ops.interpolate(IMAGES, (6, 7), None, "bilinear", True))
    assert repr(layer) == "Upsample(size=(6, 7), mode='bilinear')"
    assert repr(nn.Upsample(scale_factor=3)) == "Upsample(scale_factor=3, mode='nearest')"


def test_zero_pad_counts_from_the_last_axis():
    y = nn.ZeroPad2d((1, 2, 3, 4))(IMAGES)
    np.testing.assert_array_equal(y, np.pad(IMAGES, ((0, 0), (0, 0), (3, 4), (1, 2))))
    np.testing.assert_array_equal(nn.ZeroPad1d(2)(IMAGES[0]), np.pad(IMAGES[0], ((0, 0), (0, 0), (2, 2))))
    assert nn.ZeroPad3d((0, 0, 0, 0, 2, 1))(IMAGES[None]).shape == (1, 2, 6, 4, 5)
    assert repr(nn.ZeroPad2d(1)) == "ZeroPad2d((1, 1, 1, 1))"


def test_convolution_is_a_product_with_columns():
    layer = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
    columns = nn.Unfold(3, padding=1, stride=2)(IMAGES)
    product = layer.weight.numpy().reshape(4, -1) @ columns
    np.testing.assert_allclose(product.reshape(2, 4, 2, 3), layer(IMAGES).numpy(), atol=1e-5)


def test_fold_counts_overlaps():
    window = {"kernel_size": (2, 3), "padding": 1}
    ones = np.ones_like(IMAGES)
    counts = nn.Fold((4, 5), **window)(nn.Unfold(**window)(ones))
    assert counts[0, 0, 1, 2] == 6
    folded = nn.Fold((4, 5), **window)(nn.Unfold(**window)(IMAGES))
    np.testing.assert_allclose(folded, counts * IMAGES, rtol=1e-5)
    assert repr(nn.Fold((4, 5), 2)) == "Fold((4, 5), kernel_size=2, stride=1)"
    assert repr(nn.Unfold(2)) == "Unfold(kernel_size=2, stride=1)"


def test_dropout_of_whole_channels():
    layer = nn.Dropout2d(0.5)
    x = np.ones((20, 30, 2, 3), np.float32)
    with cr.seed(0):
        y = np.asarray(layer(x))
    assert set(np.unique(y)) == {0.0, 2.0}
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :, :1, :1], y.shape))
    assert 0.4 < y.mean() / 2 < 0.6
    assert layer.eval()(x) is x
    assert repr(layer) == "Dropout2d(0.5)"
    with pytest.raises(ValueError, match="expected a probability"):
        nn.functional.dropout2d(x, 1.5)
