"""Cases of `chainrule.ops.arithmetic`."""

import numpy as np

from chainrule import ops

from ..case import Case, between

MASK = np.array([[True, False, True, False]] * 3)

CASES = [
    Case(ops.add, ((3, 4), (3, 4)), np.add, elementwise=True),
    Case(ops.add, ((3, 1, 4), (2, 1)), np.add, "broadcast", compiled=False),
    Case(ops.add, ((), (2, 3)), np.add, "without-axes", compiled=False),
    Case(ops.add, ((0, 4), (1, 4)), np.add, "empty", compiled=False),
    Case(ops.subtract, ((3, 4), (4,)), np.subtract, elementwise=True),
    Case(ops.multiply, ((3, 4), (3, 1)), np.multiply, elementwise=True),
    Case(ops.multiply, ((), ()), np.multiply, "without-axes", compiled=False),
    Case(ops.divide, ((3, 4), between(0.5, 2.0, 4)), np.divide, elementwise=True),
    Case(ops.negative, ((3, 4),), np.negative, elementwise=True),
    Case(ops.power, (between(0.5, 2.0, 3, 4), (4,)), np.power, elementwise=True),
    Case(ops.power, ((3, 4),), lambda x: x**3, "cube", call=lambda x: ops.power(x, 3), compiled=False),
    Case(ops.power, ((3, 4),), lambda x: x**0, "zeroth", call=lambda x: ops.power(x, 0), compiled=False),
    Case(ops.maximum, ((3, 4), (3, 4)), np.maximum, elementwise=True),
    Case(ops.minimum, ((3, 4), (4,)), np.minimum, elementwise=True),
    Case(ops.arctan2, ((3, 4), (3, 4)), np.arctan2, elementwise=True),
    Case(ops.where, (MASK, (3, 4), (4,)), np.where),
    Case(ops.where, ((3, 4),), lambda x: np.where(x > 0, x, -1.0), "scalar", call=lambda x: ops.where(x > 0, x, -1.0)),
]
