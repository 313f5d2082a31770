"""Learned, sinusoidal and rotary positions."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

from .checks import assert_same_on, check_gradients, normal

X, PLACES = normal(2, 5, 6), np.array([[3, 0, 1, 7, 2], [0, 1, 2, 3, 4]])
KINDS = [lambda: nn.LearnedPositions(8, 6), lambda: nn.SinusoidalPositions(6), lambda: nn.RotaryPositions(6)]


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("places", [None, PLACES])
def test_gradients(make, places):
    check_gradients(make(), X, *([] if places is None else [places]))


class Placed(nn.Module):
    """Positions of what a layer makes of its input."""

    def __init__(self, positions):
        self.linear, self.positions = nn.Linear(6, 6), positions

    def forward(self, x, places):
        return self.positions(self.linear(x), places)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("places", [None, PLACES])
def test_backends(backend, make, places):
    assert_same_on(backend, Placed(make()), X, places)


@pytest.mark.parametrize("make", KINDS)
def test_places_are_counted_from_zero_by_default(make):
    module = make()
    counted = cr.ops.asarray(module(X, np.arange(5))).numpy()
    np.testing.assert_allclose(cr.ops.asarray(module(X)).numpy(), counted, atol=1e-6)


def test_sinusoids_are_the_papers():
    found = np.asarray(nn.SinusoidalPositions(6)(np.zeros((1, 40, 6), "f")))[0]
    for i in range(3):
        angle = np.arange(40) / 10000 ** (2 * i / 6)
        np.testing.assert_allclose(found[:, i], np.sin(angle), atol=1e-6)
        np.testing.assert_allclose(found[:, 3 + i], np.cos(angle), atol=1e-6)


def test_products_of_turned_features_depend_on_the_distance():
    rotary, query, key = nn.RotaryPositions(6), normal(1, 6), normal(2, 6)[:1]

    def product(i, j):
        turned = [np.asarray(rotary(x, np.array([place]))) for x, place in ((query, i), (key, j))]
        return (turned[0] * turned[1]).sum()

    assert product(9, 4) == pytest.approx(product(105, 100), abs=1e-5)
    assert abs(product(9, 4) - product(9, 5)) > 1e-3
    np.testing.assert_allclose(np.linalg.norm(rotary(X), axis=-1), np.linalg.norm(X, axis=-1), rtol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match=r"LearnedPositions\(8, 6\) got a sequence of 9: shorten it"):
        nn.LearnedPositions(8, 6)(normal(1, 9, 6))
    with pytest.raises(ValueError, match="RotaryPositions expected an even width, but got 5"):
        nn.RotaryPositions(5)
    with pytest.raises(ValueError, match="its last dimension must be 4"):
        nn.SinusoidalPositions(4)(X)
