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


def given(x, mean, var, weight=1.0, bias=0.0, eps=1e-5):
    scale = beside(weight / np.sqrt(var + eps), x)
    return (x - beside(mean, x)) * scale + beside(bias, x)


CASES = [
    Case(ops.batch_norm, ((3, 2, 2, 3), (2,), (2,)), normalized),
    Case(ops.batch_norm, ((5, 3),), lambda x, eps: normalized(x, eps=eps), "plain", {"eps": 0.1}, compiled=False),
    Case(ops.normalize_channels, ((2, 3, 4), (3,), between(0.5, 2.0, 3), (3,), (3,)), given),
    Case(ops.normalize_channels, ((2, 3), (3,), between(0.5, 2.0, 3)), given, "plain", compiled=False),
]
