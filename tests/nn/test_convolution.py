"""`Conv1d`, `Conv2d`, `Conv3d` and their transposes."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, ops

from .checks import assert_same_on, check_gradients, normal

SHAPES = {1: (2, 4, 7), 2: (2, 4, 5, 6), 3: (1, 4, 3, 4, 3)}
CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_layer_is_its_operation(axes):
    x, operation = normal(*SHAPES[axes]), getattr(ops, f"conv{axes}d")
    layer = CONVOLUTIONS[axes](4, 6, 2, stride=2, padding=1, dilation=2, groups=2)
    assert layer.weight.shape == (6, 2, *(2,) * axes)
    expected = operation(x, layer.weight, layer.bias, 2, 1, 2, 2)
    np.testing.assert_array_equal(layer(x).numpy(), expected.numpy())


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_transposed_layer_is_its_operation(axes):
    x, operation = normal(*SHAPES[axes]), getattr(ops, f"conv_transpose{axes}d")
    layer = TRANSPOSED[axes](4, 6, 2, stride=2, padding=1, output_padding=1, groups=2, bias=False)
    assert layer.weight.shape == (4, 3, *(2,) * axes)
    expected = operation(x, layer.weight, None, 2, 1, 1, 2)
    np.testing.assert_array_equal(layer(x).numpy(), expected.numpy())


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_padding_mode(mode):
    layer = nn.Conv2d(4, 3, 3, padding=(2, 1), padding_mode=mode)
    x = normal(2, 4, 5, 6)
    expected = ops.conv2d(ops.pad_images(x, (2, 1), mode), layer.weight, layer.bias)
    np.testing.assert_allclose(layer(x).numpy(), expected.numpy(), atol=1e-6)
    assert nn.Conv2d(4, 3, (3, 2), padding="same", padding_mode=mode)(x).shape == (2, 3, 5, 6)


def test_gradients():
    check_gradients(nn.Conv2d(2, 2, (2, 3), padding=1, padding_mode="reflect"), normal(2, 2, 3, 3))
    check_gradients(nn.ConvTranspose2d(2, 2, 3, stride=2), normal(1, 2, 2, 3))


def test_backends(backend):
    assert_same_on(backend, nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), normal(2, 4, 7, 6))
    assert_same_on(backend, nn.ConvTranspose1d(4, 2, 3, stride=2), normal(2, 4, 5))


def test_initial_weights():
    layer = nn.Conv2d(16, 64, 3, groups=2)
    limit = (8 * 9) ** -0.5
    for parameter in layer.parameters():
        assert np.abs(parameter.numpy()).max() <= limit
    assert layer.weight.numpy().std() == pytest.approx(limit / 3**0.5, rel=0.05)
    with cr.seed(7):
        first = nn.Conv1d(3, 4, 2)
    second = nn.Conv1d(3, 4, 2, generator=cr.Generator(7))
    np.testing.assert_array_equal(first.weight.numpy(), second.weight.numpy())


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (nn.Conv1d, "fft"),
        (nn.Conv2d, "winograd"),
        (nn.Conv3d, "im2col"),
        (nn.ConvTranspose1d, "direct"),
        (nn.ConvTranspose2d, "winograd"),
    ],
)
def test_algorithm(make, name):
    layer = make(4, 4, 3, algorithm=name)
    transpose = "_transpose" if "Transpose" in make.__name__ else ""
    operation = getattr(ops, f"conv{transpose}{layer.weight.ndim - 2}d")
    x = normal(*SHAPES[layer.weight.ndim - 2]).astype(np.float32)
    expected = operation(x, layer.weight, layer.bias, algorithm=name)
    np.testing.assert_array_equal(layer(x).numpy(), expected.numpy())
    assert f"algorithm={name!r}" in repr(layer)
    assert set(layer.state_dict()) == {"weight", "bias"}


def test_what_it_looks_like():
    assert repr(nn.Conv2d(3, 6, 3, groups=3, padding="same", bias=False)).startswith(
        "Conv2d(3 -> 6, kernel_size=(3, 3), padding='same', groups=3, bias=False)  # weight (6, 1, 3, 3)"
    )
    layer = nn.ConvTranspose1d(3, 4, 2, stride=2, output_padding=1, dilation=3)
    assert layer.title() == "ConvTranspose1d(3 -> 4, kernel_size=(2,), stride=(2,), dilation=(3,), output_padding=(1,))"
    assert "padding_mode='circular'" in nn.Conv1d(1, 1, 1, padding_mode="circular").title()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: nn.Conv2d(3, 8, 3)(normal(2, 1, 5, 5)),
            r"Conv2d\(3 -> 8, kernel_size=\(3, 3\)\) got input of shape \(2, 1, 5, 5\): it must be \(N, 3, H, W\)",
        ),
        (lambda: nn.Conv1d(3, 8, 3)(normal(3, 9)), r"it must be \(N, 3, L\): add the batch axis with x\[None\]"),
        (lambda: nn.ConvTranspose3d(3, 8, 3)(normal(1, 2, 2, 2, 2)), r"it must be \(N, 3, D, H, W\)"),
        (lambda: nn.Conv2d(1, 1, 5)(normal(1, 1, 4, 9)), r"kernel \(5, 5\) but got \(4, 9\)"),
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "Conv2d expected in_channels that groups=2 divides, but got 3"),
        (lambda: nn.Conv2d(4, 3, 3, groups=2), "Conv2d expected out_channels that groups=2 divides, but got 3"),
        (lambda: nn.Conv2d(0, 3, 3), "Conv2d expected in_channels to be a whole number from 1 on, but got 0"),
        (lambda: nn.Conv2d(1, 1, (3, 3, 3)), "Conv2d expected kernel_size"),
        (lambda: nn.Conv2d(1, 1, 3, stride=2, padding="same"), "Conv2d with padding='same' expected stride 1"),
        (lambda: nn.Conv2d(1, 1, 3, padding_mode="mirror"), "Conv2d expected padding_mode out of"),
        (
            lambda: nn.Conv2d(1, 1, 3, algorithm="fast"),
            r"Conv2d expected algorithm out of \(.pointwise., .*.fast.",
        ),
        (lambda: nn.Conv2d(1, 1, 3, 2, algorithm="winograd"), "'winograd' expected stride 1 and dilation 1, but got"),
        (lambda: nn.Conv1d(4, 4, 3, groups=2, algorithm="direct"), "'direct' expected one group, but got 2"),
        (lambda: nn.Conv3d(1, 1, 3, algorithm="direct"), "Conv3d .* expected sequences or images, but got volumes"),
        (lambda: nn.ConvTranspose2d(1, 1, 3, padding_mode="reflect"), "leave padding_mode out"),
        (lambda: nn.ConvTranspose2d(1, 1, 3, output_padding=-1), "expected output_padding"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
