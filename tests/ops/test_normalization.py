"""Layer normalisation: statistics and errors."""

import numpy as np
import pytest

from chainrule import ops

X = np.random.default_rng(0).standard_normal((4, 6)).astype(np.float32) * 5 + 3


def test_mean_and_variance():
    y = ops.layer_norm(X, 6)
    np.testing.assert_allclose(y.mean(axis=1), 0.0, atol=1e-6)
    np.testing.assert_allclose(y.std(axis=1), 1.0, atol=1e-5)


def test_a_large_mean_does_not_spoil_the_variance():
    np.testing.assert_allclose(ops.layer_norm(X + 1e3, 6), ops.layer_norm(X, 6), atol=2e-3)


def test_a_constant_row():
    assert not ops.layer_norm(np.full((2, 4), 7.0, np.float32), 4).any()


def test_an_input_that_does_not_end_so():
    with pytest.raises(ValueError, match=r"over \(5,\) expected an input that ends in these axes, but got \(4, 6\)"):
        ops.layer_norm(X, 5)


@pytest.mark.parametrize("name", ["weight", "bias"])
def test_parameters_of_another_shape(name):
    with pytest.raises(ValueError, match=rf"expected {name} of that shape, but got \(1,\)"):
        ops.layer_norm(X, 6, **{name: np.ones(1, np.float32)})
