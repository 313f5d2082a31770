"""Activation functions as layers."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

from .checks import normal

LAYERS = [
    (nn.ReLU(), nn.functional.relu, "ReLU()"),
    (nn.ReLU6(), nn.functional.relu6, "ReLU6()"),
    (nn.SELU(), nn.functional.selu, "SELU()"),
    (nn.SiLU(), nn.functional.silu, "SiLU()"),
    (nn.Sigmoid(), nn.functional.sigmoid, "Sigmoid()"),
    (nn.LogSigmoid(), nn.functional.logsigmoid, "LogSigmoid()"),
    (nn.Tanh(), nn.functional.tanh, "Tanh()"),
    (nn.LeakyReLU(0.2), lambda x: nn.functional.leaky_relu(x, negative_slope=0.2), "LeakyReLU(negative_slope=0.2)"),
    (nn.ELU(0.5), lambda x: nn.functional.elu(x, alpha=0.5), "ELU(alpha=0.5)"),
    (nn.GELU("tanh"), lambda x: nn.functional.gelu(x, approximate="tanh"), "GELU(approximate='tanh')"),
    (nn.Softplus(2.0), lambda x: nn.functional.softplus(x, beta=2.0), "Softplus(beta=2.0)"),
    (nn.Hardtanh(-0.5, 0.5), lambda x: cr.ops.clip(x, -0.5, 0.5), "Hardtanh(min_val=-0.5, max_val=0.5)"),
    (nn.Softmax(0), lambda x: nn.functional.softmax(x, dim=0), "Softmax(dim=0)"),
    (nn.LogSoftmax(), nn.functional.log_softmax, "LogSoftmax(dim=-1)"),
    (nn.Flatten(0), lambda x: cr.ops.flatten(x), "Flatten()"),
    (nn.Identity(), lambda x: x, "Identity()"),
]


@pytest.mark.parametrize(("layer", "function", "shown"), LAYERS, ids=[shown for _, _, shown in LAYERS])
def test_layer_is_its_function(layer, function, shown):
    x = normal(3, 4)
    np.testing.assert_array_equal(layer(cr.Tensor(x)).numpy(), function(cr.Tensor(x)).numpy())
    np.testing.assert_array_equal(layer(x), function(x))
    assert repr(layer) == shown


def test_flatten_keeps_the_batch():
    assert nn.Flatten()(normal(2, 3, 4)).shape == (2, 12)
    assert nn.Flatten(1, 2)(normal(2, 3, 4, 5)).shape == (2, 12, 5)
