"""`Dropout`."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.backend import to_backend


def test_training_drops_and_scales():
    x = nn.Parameter(np.ones((50, 40), np.float32))
    y = nn.Dropout(0.2)(x)
    values = np.unique(y.numpy())
    np.testing.assert_allclose(values, [0, 1.25])
    assert abs(y.numpy().mean() - 1) < 0.05
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())


def test_evaluation_and_zero_probability_change_nothing():
    x = cr.Tensor(np.ones(3))
    assert nn.Dropout(0.5).eval()(x) is x
    assert nn.Dropout(0.0)(x) is x


def test_masks_come_from_the_generator_and_are_the_same_on_both_backends(backend):
    layer = nn.Dropout(0.5, generator=cr.Generator(7))
    x = cr.Tensor(to_backend(np.ones((8, 64), np.float32), backend))
    expected = cr.Generator(7).dropout_mask((8, 64), 0.5, np.ones(1, np.float32))
    np.testing.assert_array_equal(layer(x).numpy(), expected)
    with cr.seed(7):
        np.testing.assert_array_equal(nn.Dropout(0.5)(x).numpy(), expected)


@pytest.mark.parametrize("p", [-0.1, 1.0, 2])
def test_bad_probability(p):
    with pytest.raises(ValueError, match="Dropout expected a probability from 0 up to, not including, 1, but got"):
        nn.Dropout(p)
