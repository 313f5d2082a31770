"""Clipping of gradients."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim


def with_gradients(backend):
    model = nn.Module()
    for name, grad in {"a": [3.0, -4.0], "b": [[12.0]], "c": None}.items():
        parameter = nn.Parameter(np.zeros((2,) if grad is None else np.shape(grad), np.float32))
        parameter.grad = None if grad is None else cr.Tensor(np.array(grad, np.float32))
        setattr(model, name, parameter)
    return model.to(backend)


@pytest.mark.parametrize(("norm_type", "norm"), [(2.0, 13.0), (1.0, 19.0), (math.inf, 12.0), (3.0, 1819 ** (1 / 3))])
def test_norm(backend, norm_type, norm):
    model = with_gradients(backend)
    found = optim.clip_grad_norm_(model.parameters(), norm / 2, norm_type)
    assert found.item() == pytest.approx(norm, rel=1e-6)
    assert found.dtype == np.float32
    np.testing.assert_allclose(model.a.grad.numpy(), [1.5, -2], rtol=1e-5)
    np.testing.assert_allclose(model.b.grad.numpy(), [[6]], rtol=1e-5)


def test_small_gradients_stay_to_the_bit(backend):
    model = with_gradients(backend)
    optim.clip_grad_norm_(model.parameters(), 14.0)
    np.testing.assert_array_equal(model.a.grad.numpy(), [3, -4])


def test_value(backend):
    model = with_gradients(backend)
    optim.clip_grad_value_(model.parameters(), 3.5)
    np.testing.assert_array_equal(model.a.grad.numpy(), [3, -3.5])
    np.testing.assert_array_equal(model.b.grad.numpy(), [[3.5]])
    optim.clip_grad_value_(model.b, 1.0)
    np.testing.assert_array_equal(model.b.grad.numpy(), [[1]])


def test_without_gradients():
    assert optim.clip_grad_norm_([nn.Parameter([1.0])], 1.0).item() == 0


def test_nan_is_not_hidden(backend):
    model = with_gradients(backend)
    model.b.grad = model.b.grad * math.nan
    assert math.isnan(optim.clip_grad_norm_(model.parameters(), 1.0).item())
    assert np.isnan(model.a.grad.numpy()).all()


def test_memory_of_any_order_is_scaled():
    p = nn.Parameter(np.zeros((2, 3), np.float32))
    p.grad = cr.Tensor(np.ones((3, 2), np.float32).T)
    assert optim.clip_grad_norm_(p, 1.0).item() == pytest.approx(math.sqrt(6))
    np.testing.assert_allclose(p.grad.numpy(), 1 / math.sqrt(6), rtol=1e-5)
