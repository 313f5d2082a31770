"""`LayerNorm`."""

import numpy as np
import pytest

from chainrule import nn

from .checks import assert_same_on, check_gradients, normal


@pytest.mark.parametrize("shape", [4, (4,), (3, 4)])
def test_value(shape):
    x = 5 + 2 * normal(2, 3, 4)
    y = nn.LayerNorm(shape, eps=0.0)(x).numpy()
    axes = (1, 2) if shape == (3, 4) else 2
    np.testing.assert_allclose(y.mean(axis=axes), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=axes), 1, atol=1e-5)


@pytest.mark.parametrize("options", [{}, {"bias": False}, {"elementwise_affine": False}])
def test_gradients(options):
    layer = nn.LayerNorm((3, 4), **options)
    for parameter in layer.parameters():
        parameter.write_(normal(3, 4))
    check_gradients(layer, normal(2, 3, 4))


def test_backends(backend):
    assert_same_on(backend, nn.LayerNorm(4), normal(2, 3, 4))


def test_errors():
    with pytest.raises(ValueError, match=r"LayerNorm\(4\) got input of shape \(2, 3\): its last dimensions must be"):
        nn.LayerNorm(4)(normal(2, 3))
    with pytest.raises(ValueError, match="LayerNorm expected normalized_shape to be a whole number"):
        nn.LayerNorm((3, 0))
