"""Convolution kernels: where results lie in memory, and that all implementations agree."""

import numpy as np
import pytest

from chainrule import Tensor, ops
from chainrule.kernels.cpu import convolution as cpu
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import convolution as reference

# Input (N, C, *S), filters (F, C / groups, *K), then stride, padding, dilation, groups.
CONFIGURATIONS = {
    "plain": ((2, 3, 6, 5), (4, 3, 3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    "strided": ((2, 2, 7, 6), (3, 2, 3, 2), (2, 3), ((1, 0), (0, 2)), (1, 1), 1),
    "dilated": ((1, 2, 7, 8), (2, 2, 3, 2), (1, 1), ((2, 1), (0, 0)), (2, 3), 1),
    "strided-and-dilated": ((2, 2, 9), (3, 2, 4), (4,), ((3, 3),), (2,), 1),
    "cropped": ((2, 2, 7, 8), (3, 2, 2, 2), (1, 2), ((-1, 2), (0, -3)), (1, 1), 1),
    "groups": ((2, 6, 5, 5), (9, 2, 2, 3), (1, 2), ((1, 1), (0, 0)), (1, 1), 3),
    "depthwise": ((2, 4, 6, 5), (8, 1, 3, 2), (2, 1), ((1, 1), (0, 0)), (1, 1), 4),
    "pointwise": ((2, 3, 5, 4), (4, 3, 1, 1), (3, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "filter-of-images-size": ((2, 3, 4, 3), (2, 3, 4, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "one-pixel": ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "empty-batch": ((0, 2, 4, 4), (3, 2, 3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1), 1),
    "volume": ((1, 2, 4, 3, 5), (2, 2, 2, 3, 2), (1, 2, 2), ((1, 0), (1, 1), (0, 0)), (1, 1, 2), 1),
}


@pytest.fixture(params=CONFIGURATIONS)
def operands(request):
    """Images, filters, a gradient of the result, and how filters slide."""
    x_shape, weight_shape, *geometry = CONFIGURATIONS[request.param]
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal(x_shape), rng.standard_normal(weight_shape)
    grad = rng.standard_normal(reference.conv(x, weight, None, *geometry).shape)
    return x, weight, grad, geometry


def run(kernels, x, weight, grad, geometry):
    return (
        kernels.conv(x, weight, None, *geometry),
        kernels.conv_input_gradient(grad, weight, x.shape, *geometry),
        kernels.conv_weight_gradient(grad, x, weight.shape, *geometry),
        kernels.conv_bias_gradient(grad),
    )


def test_gradients_are_transposes(operands):
    x, weight, grad, _ = operands
    y, dx, dw, _ = run(reference, *operands)
    assert np.sum(y * grad) == pytest.approx(np.sum(x * dx)) == pytest.approx(np.sum(weight * dw))


def test_images_are_channels_last_in_memory(operands):
    y, dx, *_ = run(reference, *operands)
    for image in (y, dx):
        strides = np.moveaxis(image, 1, -1).strides
        assert list(strides) == sorted(strides, reverse=True)
        assert strides[-1] == image.itemsize or image.shape[1] == 1


@pytest.mark.parametrize("shape", [(3, 5, 4, 6), (2, 1, 7), (64, 33, 40, 2, 1), (0, 3, 2), (2, 1100, 30)], ids=str)
def test_bias_gradient(shape, form):
    grad = np.random.default_rng(0).standard_normal(shape, dtype="f")
    expected = reference.conv_bias_gradient(grad.astype("d"))
    found = cpu.conv_bias_gradient(form(grad))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-3)
    for x in (grad, np.moveaxis(np.ascontiguousarray(np.moveaxis(grad, 1, -1)), -1, 1)):
        with threads(1):
            np.testing.assert_array_equal(cpu.conv_bias_gradient(x), found)


def test_xla(operands):
    jax = pytest.importorskip("jax")
    from chainrule.kernels import select

    x, weight, grad, geometry = operands
    if 0 in x.shape:
        pytest.skip("XLA has no convolution of nothing")
    with jax.enable_x64(True):
        arrays = map(jax.numpy.asarray, (x, weight, grad))
        for found, expected in zip(run(select(jax.numpy.zeros(1)), *arrays, geometry), run(reference, *operands)):
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_the_reference_is_array_code(operands):
    """On Tensors it records every step, and the derivatives of those are what the operations give."""
    x, weight, grad, geometry = operands
    if 0 in x.shape:
        pytest.skip("no derivative by nothing")
    expected = run(reference, x, weight, grad, geometry)
    images, filters = Tensor(x, requires_grad=True), Tensor(weight, requires_grad=True)
    ops.sum(reference.conv(images, filters, None, *geometry) * grad).backward()
    np.testing.assert_allclose(images.grad.numpy(), expected[1], atol=1e-12)
    np.testing.assert_allclose(filters.grad.numpy(), expected[2], atol=1e-12)
