"""`BatchNorm`, `GroupNorm` and `InstanceNorm`."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, ops

from .checks import assert_same_on, check_gradients, normal

IMAGES = 3 + 2 * normal(4, 3, 2, 5)
UNBIASED = IMAGES.size // 3 / (IMAGES.size // 3 - 1)


def test_training_normalises_by_the_batch_and_remembers_it():
    layer = nn.BatchNorm2d(3)
    y = layer(IMAGES).numpy()
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=(0, 2, 3)), 1, atol=1e-4)
    np.testing.assert_allclose(layer.running_mean.numpy(), 0.1 * IMAGES.mean(axis=(0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(layer.running_var.numpy(), 0.9 + 0.1 * UNBIASED * IMAGES.var(axis=(0, 2, 3)), rtol=1e-5)
    assert layer.num_batches_tracked.item() == 1
    assert list(layer.state_dict()) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert layer.running_mean.dtype == layer.running_var.dtype == np.float32


def test_evaluation_normalises_by_what_it_remembers():
    layer = nn.BatchNorm2d(3, momentum=None)
    for scale in (1.0, 3.0):
        layer(scale * IMAGES)
    np.testing.assert_allclose(layer.running_mean.numpy(), 2 * IMAGES.mean(axis=(0, 2, 3)), rtol=1e-5)
    before = layer.state_dict()["running_mean"].numpy().copy()
    y = layer.eval()(IMAGES)
    expected = ops.normalize_channels(IMAGES, layer.running_mean, layer.running_var, layer.weight, layer.bias)
    np.testing.assert_array_equal(y.numpy(), expected.numpy())
    np.testing.assert_array_equal(layer.running_mean.numpy(), before)
    layer.reset_parameters()
    assert layer.num_batches_tracked.item() == 0
    assert not layer.running_mean.numpy().any()


@pytest.mark.parametrize("training", [True, False])
def test_what_comes_next_in_the_same_pass(training):
    layers = [nn.BatchNorm2d(3).train(training) for _ in range(2)]
    x, y = (cr.tensor(IMAGES, requires_grad=True) for _ in range(2))
    past = cr.tensor(normal(*IMAGES.shape), requires_grad=True)
    together = layers[0](x, residual=past, relu=True)
    apart = nn.functional.relu(layers[1](y) + past)
    np.testing.assert_allclose(together.numpy(), apart.numpy(), atol=1e-6)
    together.backward(normal(*IMAGES.shape))
    gradient = past.grad.numpy().copy()
    past.grad = None
    apart.backward(normal(*IMAGES.shape))
    np.testing.assert_array_equal(gradient, past.grad)
    np.testing.assert_allclose(x.grad, y.grad, atol=1e-5)
    for mine, other in zip(layers[0].state_dict().values(), layers[1].state_dict().values()):
        np.testing.assert_array_equal(mine, other)
    with pytest.raises(ValueError, match="batch_norm expected a residual of shape"):
        nn.BatchNorm2d(3)(x, residual=past[:1])


def test_without_memory():
    layer = nn.BatchNorm2d(3, affine=False, track_running_stats=False)
    assert not layer.state_dict()
    np.testing.assert_array_equal(layer.eval()(IMAGES), ops.batch_norm(IMAGES)[0])


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.BatchNorm1d(3), (4, 3)),
        (nn.BatchNorm1d(3), (2, 3, 4)),
        (nn.BatchNorm2d(2), (2, 2, 3, 2)),
        (nn.BatchNorm3d(2), (2, 2, 2, 1, 3)),
        (nn.GroupNorm(2, 4), (2, 4, 3)),
        (nn.InstanceNorm1d(2, affine=True), (2, 2, 5)),
        (nn.InstanceNorm2d(2, affine=True), (2, 2, 2, 3)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else str(len(value)),
)
def test_gradients(layer, shape):
    for parameter in layer.parameters():
        parameter.write_(normal(*parameter.shape))
    check_gradients(layer, normal(*shape))
    layer.eval()
    check_gradients(layer, normal(*shape))


def test_instance_norm_remembers_if_asked_to():
    layer = nn.InstanceNorm2d(3, track_running_stats=True)
    layer(IMAGES)
    np.testing.assert_allclose(layer.running_mean.numpy(), 0.1 * IMAGES.mean(axis=(0, 2, 3)), rtol=1e-5)
    variance = IMAGES.var(axis=(2, 3), ddof=1).mean(axis=0)
    np.testing.assert_allclose(layer.running_var.numpy(), 0.9 + 0.1 * variance, rtol=1e-5)
    expected = ops.normalize_channels(IMAGES, layer.running_mean, layer.running_var)
    np.testing.assert_array_equal(layer.eval()(IMAGES).numpy(), expected.numpy())


def test_backends(backend):
    assert_same_on(backend, nn.Sequential(nn.BatchNorm2d(4), nn.GroupNorm(2, 4)), normal(2, 4, 3, 3))


def test_compiled_training_remembers_too():
    jax = pytest.importorskip("jax")
    layer, other = nn.BatchNorm2d(3), nn.BatchNorm2d(3).to("jax")
    step = cr.compile(lambda x: other(x).sum(), state=(other,))
    for scale in (1.0, 2.0):
        layer(scale * IMAGES)
        step(jax.numpy.asarray(scale * IMAGES))
    for name, expected in layer.state_dict().items():
        np.testing.assert_allclose(other.state_dict()[name].numpy(), expected.numpy(), rtol=1e-5)


def test_what_it_looks_like():
    assert nn.BatchNorm2d(3, affine=False).title() == "BatchNorm2d(3, affine=False)"
    assert nn.InstanceNorm1d(3, affine=True).title() == "InstanceNorm1d(3, track_running_stats=False)"
    assert nn.GroupNorm(2, 4, affine=False).title() == "GroupNorm(2, 4, affine=False)"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.BatchNorm2d(4)(IMAGES), r"BatchNorm2d\(4\) got input of shape \(4, 3, 2, 5\): it must be \(N, 4"),
        (lambda: nn.BatchNorm1d(3)(IMAGES), r"it must be \(N, 3, L\)"),
        (lambda: nn.BatchNorm1d(3)(normal(1, 3)), "needs more than one element a channel to take a variance from"),
        (lambda: nn.BatchNorm2d(0), "BatchNorm2d expected num_features to be a whole number"),
        (lambda: nn.GroupNorm(3, 4), "GroupNorm expected num_groups that divides 4, but got 3"),
        (lambda: nn.GroupNorm(2, 4)(IMAGES), "its second dimension must be 4"),
        (lambda: nn.InstanceNorm2d(3)(IMAGES[:, :, :1, :1]), "more than one element a channel"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
