"""Batch, group and instance normalisation: digits, statistics and bad input."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import ops

IMAGES = np.random.default_rng(0).standard_normal((3, 4, 2, 5))


def test_many_float32_elements_far_from_zero_keep_their_digits():
    x = (np.random.default_rng(0).standard_normal((64, 2, 40, 40)) + 50).astype(np.float32)
    y, mean, var = ops.batch_norm(x)
    exact, *_ = ops.batch_norm(x.astype(np.float64))
    np.testing.assert_allclose(y, exact, atol=1e-4)
    np.testing.assert_allclose(mean, x.mean(axis=(0, 2, 3), dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(var, x.var(axis=(0, 2, 3), dtype=np.float64), rtol=1e-5)


def test_statistics_pass_gradients_on():
    cr.gradcheck(lambda x: ops.batch_norm(x)[1], (IMAGES,))
    cr.gradcheck(lambda x: ops.batch_norm(x)[2], (IMAGES,))


def test_one_group_one_layer():
    weight, bias = np.arange(1.0, 5.0), np.arange(4.0)
    beside = (4, 1, 1)
    whole = ops.layer_norm(IMAGES, IMAGES.shape[1:]) * weight.reshape(beside) + bias.reshape(beside)
    np.testing.assert_allclose(ops.group_norm(IMAGES, 1, weight, bias), whole, atol=1e-12)
    np.testing.assert_allclose(
        ops.group_norm(IMAGES, 4, weight, bias), ops.instance_norm(IMAGES, weight, bias), atol=1e-12
    )


def test_images_stay_channels_last():
    x = np.moveaxis(np.random.default_rng(0).standard_normal((2, 5, 6, 4)), -1, 1)
    for y in (ops.batch_norm(x)[0], ops.group_norm(x, 2), ops.normalize_channels(x, np.zeros(4), np.ones(4))):
        assert y.strides == x.strides


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.batch_norm(IMAGES, np.ones(3)), r"batch_norm expected weight of shape \(4,\), one a channel"),
        (lambda: ops.batch_norm(np.ones(3)), r"batch_norm expected an input of shape \(N, C, ...\)"),
        (lambda: ops.batch_norm(IMAGES[:0]), "batch_norm expected at least one element a channel"),
        (lambda: ops.normalize_channels(IMAGES, np.ones(3), np.ones(4)), "normalize_channels expected mean of shape"),
        (lambda: ops.group_norm(IMAGES, 3), "group_norm expected groups that divide 4 channels, but got 3"),
        (lambda: ops.group_norm(IMAGES, 2, bias=np.ones(2)), "group_norm expected bias of shape"),
        (lambda: ops.instance_norm(IMAGES[:, :, :1, :1]), "instance_norm expected more than one element a channel"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
