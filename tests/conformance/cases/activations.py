"""Cases of `chainrule.ops.activations`."""

import math

import numpy as np

from chainrule import ops

from ..case import Case, between

FAR = np.array([-800.0, -90.0, -20.5, -1.5, 0.25, 3.0, 21.5, 95.0, 800.0])


def sigmoid(x):
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def softplus(x, beta=1.0):
    return np.logaddexp(0, beta * x) / beta


def gelu(x, approximate="none"):
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * np.vectorize(math.erfc, otypes=[float])(-x / math.sqrt(2))


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(x))


CASES = [
    Case(ops.relu, ((3, 4),), lambda x: np.maximum(x, 0), elementwise=True),
    Case(ops.relu6, (between(-3.0, 9.0, 5, 4),), lambda x: np.clip(x, 0, 6), elementwise=True),
    Case(ops.hardtanh, ((3, 4),), lambda x, min_val: np.clip(x, min_val, 1), static={"min_val": -0.5}),
    Case(ops.leaky_relu, ((3, 4),), lambda x: np.where(x > 0, x, 0.01 * x), elementwise=True),
    Case(ops.elu, ((3, 4),), elu, static={"alpha": 0.7}, elementwise=True),
    Case(ops.selu, ((3, 4),), lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772), elementwise=True),
    Case(ops.sigmoid, ((3, 4),), sigmoid, elementwise=True),
    Case(ops.sigmoid, (FAR,), sigmoid, "far", compiled=False),
    Case(ops.silu, ((3, 4),), lambda x: x * sigmoid(x), elementwise=True),
    Case(ops.silu, (FAR,), lambda x: x * sigmoid(x), "far", compiled=False),
    Case(ops.softplus, ((3, 4),), softplus, static={"beta": 2.0}, elementwise=True),
    Case(ops.softplus, (FAR,), softplus, "far", compiled=False),
    Case(ops.log_sigmoid, ((3, 4),), lambda x: -np.logaddexp(0, -x), elementwise=True),
    Case(ops.log_sigmoid, (FAR,), lambda x: -np.logaddexp(0, -x), "far", compiled=False),
    Case(ops.gelu, ((3, 4),), gelu, elementwise=True),
    Case(ops.gelu, ((3, 4),), gelu, "tanh", {"approximate": "tanh"}, elementwise=True),
]
