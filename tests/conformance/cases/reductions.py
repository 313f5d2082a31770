"""Cases of `chainrule.ops.reductions`."""

import math

import numpy as np

from chainrule import ops

from ..case import Case, between

ZEROS = np.array([[1.5, 0.0, -2.0, 0.5], [0.0, 3.0, 0.0, 1.0], [1.0, 2.0, 3.0, 4.0]])


def variance(x, axis=None, correction=0.0, keepdims=False):
    return np.var(x, axis=axis, ddof=correction, keepdims=keepdims)


def vector_norm(x, ord=2, axis=None, keepdims=False):
    return np.linalg.vector_norm(x, ord=ord, axis=axis, keepdims=keepdims)


CASES = [
    Case(ops.sum, ((3, 4),), np.sum),
    Case(ops.sum, ((2, 3, 4),), np.sum, "axis", {"axis": 1}, compiled=False),
    Case(ops.sum, ((2, 3, 4),), np.sum, "axes", {"axis": (0, -1), "keepdims": True}, compiled=False),
    Case(ops.sum, ((0, 4),), np.sum, "empty", {"axis": 0}, compiled=False),
    Case(ops.mean, ((3, 4),), np.mean),
    Case(ops.mean, ((2, 3, 4),), np.mean, "axes", {"axis": (1, 2), "keepdims": True}, compiled=False),
    Case(ops.max, ((3, 4),), np.max, "axis", {"axis": -1}),
    Case(ops.max, ((3, 4),), np.max, compiled=False),
    Case(ops.min, ((2, 3, 4),), np.min, "axes", {"axis": (0, 2), "keepdims": True}),
    Case(ops.prod, ((2, 3, 5),), np.prod, "axis", {"axis": 2}),
    Case(ops.prod, (ZEROS,), np.prod, "zeros", {"axis": 1, "keepdims": True}, compiled=False),
    Case(ops.prod, ((0, 4),), np.prod, "empty", {"axis": 0}, compiled=False),
    Case(ops.var, ((3, 4),), variance, "axis", {"axis": 1}),
    Case(ops.var, ((3, 4),), variance, "unbiased", {"correction": 1.0, "keepdims": True}, compiled=False),
    Case(ops.std, (between(0.0, 2.0, 3, 5),), lambda x, axis: np.std(x, axis=axis), "axis", {"axis": 0}),
    Case(ops.norm, ((3, 4),), vector_norm, "axis", {"axis": 1}),
    Case(ops.norm, ((3, 4),), vector_norm, "all", {"keepdims": True}, compiled=False),
    Case(ops.norm, ((3, 4),), vector_norm, "one", {"ord": 1, "axis": -1}, compiled=False),
    Case(ops.norm, ((3, 4),), vector_norm, "three", {"ord": 3, "axis": -1}, compiled=False),
    Case(ops.norm, ((3, 4),), vector_norm, "largest", {"ord": math.inf, "axis": (0, 1)}, compiled=False),
]
