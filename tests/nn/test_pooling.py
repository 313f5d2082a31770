"""Pooling layers, and the functions under PyTorch's names."""

import numpy as np
import pytest

from chainrule import nn, ops
from chainrule.nn import functional

from .checks import normal

SHAPES = {1: (2, 3, 7), 2: (2, 3, 5, 6), 3: (1, 2, 3, 4, 3)}
OPERATIONS = {
    "MaxPool": ops.max_pool,
    "AvgPool": ops.avg_pool,
    "AdaptiveMaxPool": ops.adaptive_max_pool,
    "AdaptiveAvgPool": ops.adaptive_avg_pool,
}
FUNCTIONS = {
    "MaxPool": "max_pool",
    "AvgPool": "avg_pool",
    "AdaptiveMaxPool": "adaptive_max_pool",
    "AdaptiveAvgPool": "adaptive_avg_pool",
}


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", OPERATIONS)
def test_layer_is_its_operation(kind, axes):
    x = normal(*SHAPES[axes])
    expected = OPERATIONS[kind](x, 2)
    np.testing.assert_array_equal(getattr(nn, f"{kind}{axes}d")(2)(x), expected)
    function = getattr(functional, f"{FUNCTIONS[kind]}{axes}d")
    np.testing.assert_array_equal(function(x, 2), expected)
    with pytest.raises(ValueError, match=rf"{function.__name__} expected an input of shape \(N, C, .*x\[None\]"):
        function(x[0], 2)


def test_settings():
    x = normal(2, 3, 5, 6)
    y, indices = nn.MaxPool2d(3, 2, padding=1, return_indices=True, ceil_mode=True)(x)
    expected = ops.max_pool(x, 3, 2, 1, ceil_mode=True, return_indices=True)
    np.testing.assert_array_equal(y, expected[0])
    np.testing.assert_array_equal(indices, expected[1])
    y = nn.AvgPool2d((3, 2), 2, 1, True, False)(x)
    np.testing.assert_array_equal(y, ops.avg_pool(x, (3, 2), 2, 1, True, False))
    assert nn.AdaptiveMaxPool2d((None, 2), return_indices=True)(x)[1].shape == (2, 3, 5, 2)


def test_what_it_looks_like():
    assert repr(nn.MaxPool2d(2)) == "MaxPool2d(kernel_size=(2, 2), stride=(2, 2))"
    assert repr(nn.AvgPool1d(3, 2, 1)) == "AvgPool1d(kernel_size=(3,), stride=(2,), padding=(1,))"
    assert repr(nn.AdaptiveAvgPool2d(1)) == "AdaptiveAvgPool2d(1)"
    assert repr(nn.AdaptiveMaxPool1d(4)) == "AdaptiveMaxPool1d(4)"


def test_errors():
    with pytest.raises(ValueError, match="MaxPool2d expected kernel_size to be a whole number"):
        nn.MaxPool2d(0)
    with pytest.raises(ValueError, match=r"MaxPool2d\(.*\) got input of shape \(3, 5, 5\): it must be \(N, C, H, W\)"):
        nn.MaxPool2d(2)(normal(3, 5, 5))
