"""Cases of `chainrule.ops.batch_norm`."""

import numpy as np

from chainrule import ops

from ..case import Case, between


def beside(numbers, x):
    return np.reshape(numbers, (-1, *(1,) * (x.ndim - 2)))


def normalized(x, weight=1.0, bias=0.0, eps=1e-5):
    axes = (0, *range(2, x.ndim))
    mean, var = x.mean(axis=axes), x.var(axis=axes)
    return given(x, mean, var, weight, bias, eps), mean, var


def residual_step(x, weight, bias, residual, low, high):
    y, *statistics = normalized(x, weight, bias)
    return np.clip(y + residual, low, high), *statistics


def given(x, mean, var, weight=1.0, bias=0.0, eps=1e-5):
    scale = beside(weight / np.sqrt(var + eps), x)
    return (x - beside(mean, x)) * scale + beside(bias, x)


CASES = [
    Case(ops.batch_norm, ((3, 2, 2, 3), (2,), (2,)), normalized),
    Case(ops.batch_norm, ((5, 3),), lambda x, eps: normalized(x, eps=eps), "plain", {"eps": 0.1}, compiled=False),
    Case(
        ops.batch_norm,
        ((3, 2, 2, 3), (2,), (2,), (3, 2, 2, 3)),
        lambda x, weight, bias, residual: residual_step(x, weight, bias, residual, -0.7, 1.1),
        "residual",
        call=lambda x, weight, bias, residual: ops.batch_norm(x, weight, bias, residual=residual, limits=(-0.7, 1.1)),
    ),
    Case(
        ops.batch_norm,
        ((3, 2, 2, 3), (2,), (2,)),
        lambda x, weight, bias: residual_step(x, weight, bias, 0.0, 0.1, np.inf),
        "limits",
        call=lambda x, weight, bias: ops.batch_norm(x, weight, bias, limits=(0.1, np.inf)),
    ),
    Case(ops.normalize_channels, ((2, 3, 4), (3,), between(0.5, 2.0, 3), (3,), (3,)), given),
    Case(ops.normalize_channels, ((2, 3), (3,), between(0.5, 2.0, 3)), given, "plain", compiled=False),
]
