"""`Linear`."""

import numpy as np
import pytest

from chainrule import nn

from .checks import assert_same_on, check_gradients, normal


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3), (0, 3)])
def test_value(bias, shape):
    layer = nn.Linear(3, 4, bias)
    x = normal(*shape)
    expected = x @ layer.weight.numpy().T + (layer.bias.numpy() if bias else 0)
    np.testing.assert_allclose(layer(x).numpy(), expected, rtol=1e-5, atol=1e-6)


def test_backends(backend):
    assert_same_on(backend, nn.Linear(3, 4), normal(5, 3))


def test_gradients():
    check_gradients(nn.Linear(3, 4), normal(2, 5, 3))


def test_input_of_another_width():
    with pytest.raises(ValueError, match=r"Linear\(128 -> 10\) got input of shape \(64, 96\): its last dimension must"):
        nn.Linear(128, 10)(np.zeros((64, 96), np.float32))
    with pytest.raises(ValueError, match=r"Linear\(3 -> 1, bias=False\) got input of shape \(\)"):
        nn.Linear(3, 1, bias=False)(np.float32(1))


@pytest.mark.parametrize("size", [0, -3, 2.5, True, None])
def test_bad_sizes(size):
    with pytest.raises(ValueError, match="Linear expected out_features to be a whole number from 1 on, but got"):
        nn.Linear(3, size)
