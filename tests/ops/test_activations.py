"""Activations: what is not finite, borders, errors."""

import numpy as np
import pytest

from chainrule import Tensor, ops

ALL = [
    ops.relu, ops.relu6, ops.hardtanh, ops.leaky_relu, ops.elu, ops.selu, ops.sigmoid, ops.silu, ops.softplus,
    ops.log_sigmoid, ops.gelu, lambda x: ops.gelu(x, "tanh"), ops.tanh,
]  # fmt: skip


@pytest.mark.parametrize("activation", ALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_not_a_number_is_not_hidden(activation, dtype):
    y = activation(np.array([np.nan, 1.0] * 20, dtype))
    assert np.isnan(y[::2]).all() and np.isfinite(y[1::2]).all()


@pytest.mark.parametrize("activation", ALL)
def test_far_away_nothing_overflows(activation):
    x = Tensor(np.array([-1e4, -200.0, 200.0, 1e4] * 8, np.float32), requires_grad=True)
    y = activation(x)
    y.sum().backward()
    assert np.isfinite(y.numpy()).all() and np.isfinite(x.grad.numpy()).all()


@pytest.mark.parametrize("activation", [ops.relu, ops.relu6, ops.hardtanh])
def test_on_the_border_there_is_no_gradient(activation):
    x = Tensor(np.array([-1.0, 0.0, 1.0, 6.0]), requires_grad=True)
    activation(x).sum().backward()
    inside = {ops.relu: [0, 0, 1, 1], ops.relu6: [0, 0, 1, 0], ops.hardtanh: [0, 1, 0, 0]}
    np.testing.assert_array_equal(x.grad.numpy(), inside[activation])


def test_gelu_names_its_approximations():
    with pytest.raises(ValueError, match="'none' or 'tanh', but got 'sigmoid'"):
        ops.gelu(np.ones(2), approximate="sigmoid")
