"""Cases of `chainrule.ops.softmax`."""

import numpy as np

from chainrule import ops

from ..case import Case


def logsumexp(x, axis=None, keepdims=False):
    peak = np.max(x, axis=axis, keepdims=True)
    y = np.log(np.sum(np.exp(x - peak), axis=axis, keepdims=True)) + peak
    return y if keepdims else np.squeeze(y, axis)


def softmax(x, axis=-1):
    return np.exp(x - logsumexp(x, axis, keepdims=True))


def log_softmax(x, axis=-1):
    return x - logsumexp(x, axis, keepdims=True)


LARGE = np.array([[1000.0, 999.0, -1000.0], [-800.0, -801.5, -799.0]])

CASES = [
    Case(ops.softmax, ((3, 4),), softmax),
    Case(ops.softmax, ((2, 3, 4),), softmax, "axis", {"axis": 1}, compiled=False),
    Case(ops.softmax, (LARGE,), softmax, "large", compiled=False),
    Case(ops.softmax, ((5, 1),), softmax, "one-class", compiled=False),
    Case(ops.log_softmax, ((3, 4),), log_softmax),
    Case(ops.log_softmax, ((2, 3, 4),), log_softmax, "axis", {"axis": 0}, compiled=False),
    Case(ops.log_softmax, (LARGE,), log_softmax, "large", compiled=False),
    Case(ops.logsumexp, ((3, 4),), logsumexp, "axis", {"axis": 1}),
    Case(ops.logsumexp, ((2, 3),), logsumexp, "all", compiled=False),
    Case(ops.logsumexp, ((2, 3, 4),), logsumexp, "axes", {"axis": (0, -1), "keepdims": True}, compiled=False),
    Case(ops.logsumexp, (LARGE,), logsumexp, "large", {"axis": 1}, compiled=False),
    Case(ops.logaddexp, ((3, 4), (4,)), np.logaddexp, elementwise=True),
]
