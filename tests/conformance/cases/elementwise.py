"""Cases of `chainrule.ops.elementwise`."""

import math

import numpy as np

from chainrule import ops

from ..case import Case, between

CASES = [
    Case(ops.abs, ((3, 4),), np.abs, elementwise=True),
    Case(ops.exp, ((3, 4),), np.exp, elementwise=True),
    Case(ops.expm1, ((3, 4),), np.expm1, elementwise=True),
    Case(ops.log, (between(0.2, 3.0, 3, 4),), np.log, elementwise=True),
    Case(ops.log1p, (between(-0.5, 3.0, 3, 4),), np.log1p, elementwise=True),
    Case(ops.sqrt, (between(0.2, 3.0, 3, 4),), np.sqrt, elementwise=True),
    Case(ops.square, ((3, 4),), np.square, elementwise=True),
    Case(ops.tanh, ((3, 4),), np.tanh, elementwise=True),
    Case(ops.sin, ((3, 4),), np.sin, elementwise=True),
    Case(ops.cos, ((3, 4),), np.cos, elementwise=True),
    Case(ops.tan, (between(-1.0, 1.0, 3, 4),), np.tan, elementwise=True),
    Case(ops.sinh, ((3, 4),), np.sinh, elementwise=True),
    Case(ops.cosh, ((3, 4),), np.cosh, elementwise=True),
    Case(ops.arcsin, (between(-0.8, 0.8, 3, 4),), np.arcsin, elementwise=True),
    Case(ops.arccos, (between(-0.8, 0.8, 3, 4),), np.arccos, elementwise=True),
    Case(ops.arctan, ((3, 4),), np.arctan, elementwise=True),
    Case(ops.erf, ((3, 4),), np.vectorize(math.erf, otypes=[float]), elementwise=True),
    Case(ops.erf, (between(-7.0, 7.0, 40),), np.vectorize(math.erf, otypes=[float]), "tails", compiled=False),
    Case(ops.clip, ((3, 4),), lambda x, min, max: np.clip(x, min, max), static={"min": -0.5, "max": 0.75}),
    Case(ops.clip, ((3, 4),), lambda x, max: np.minimum(x, max), "above", static={"max": 0.1}, elementwise=True),
    Case(ops.astype, ((3, 4),), lambda x: x, call=lambda x: ops.astype(x, x.dtype)),
]
