"""Names whose meaning the array libraries do not share: the same results on NumPy, JAX and Tensors."""

import math

import numpy as np
import pytest

from chainrule import Tensor
from chainrule.backend import namespace, to_backend

X = np.arange(12.0, dtype=np.float32).reshape(3, 4)
ROWS = np.array([[0, 2, 2], [1, 0, 2]])


@pytest.fixture(params=["array", "tensor"])
def place(request, backend):
    """Brings an array to the backend, as a Tensor or not."""
    wrap = Tensor if request.param == "tensor" else lambda x: x
    return lambda x: wrap(to_backend(x, backend))


def as_numpy(x):
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)


@pytest.mark.parametrize(
    "index", [1, -1, (slice(None), 2), ([0, 2, 0],), ROWS, (ROWS, slice(1, 3)), X > 4, (None, ..., 0)], ids=str
)
def test_take_and_put_are_transposes(place, index):
    x = place(X)
    xp = namespace(x)
    taken = xp.take(x, index)
    np.testing.assert_array_equal(as_numpy(taken), X[index])
    expected = np.zeros_like(X)
    np.add.at(expected, index, X[index])
    np.testing.assert_array_equal(as_numpy(xp.put(taken, index, X.shape)), expected)


def test_take_and_put_along_an_axis(place):
    x = place(X[:2])
    xp = namespace(x)
    taken = xp.take_along_axis(x, ROWS, 1)
    np.testing.assert_array_equal(as_numpy(taken), np.take_along_axis(X[:2], ROWS, 1))
    back = as_numpy(xp.put_along_axis(taken, ROWS, 1, (2, 4)))
    np.testing.assert_array_equal(back, [[0, 0, 4, 0], [4, 5, 6, 0]])


def test_astype(place):
    x = place(X)
    assert namespace(x).astype(x, "float16").dtype == np.float16


def test_erf(place):
    points = np.linspace(-6, 6, 101).astype(np.float32)
    x = place(points)
    expected = [math.erf(p) for p in points]
    np.testing.assert_allclose(as_numpy(namespace(x).erf(x)), expected, rtol=1e-5, atol=1e-7)


def test_erf_in_double_precision():
    points = np.concatenate([np.linspace(-6, 6, 1001), [0.0, np.inf, -np.inf, 1e-300]])
    expected = np.array([math.erf(p) for p in points])
    np.testing.assert_allclose(namespace(points).erf(points), expected, rtol=4e-15)
    assert np.isnan(namespace(points).erf(np.array([np.nan])))


def test_einsum(place):
    a, b = place(X), place(X.T)
    np.testing.assert_allclose(as_numpy(namespace(a, b).einsum("ij,jk->ik", a, b)), X @ X.T)
