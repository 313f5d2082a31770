"""Cases of `chainrule.ops.scans`."""

import numpy as np

from chainrule import ops

from ..case import Case

ZEROS = np.array([[1.5, 0.0, -2.0, 0.5, 0.0], [2.0, 3.0, 0.0, 1.0, -1.0]])

CASES = [
    Case(ops.cumsum, ((3, 4),), np.cumsum, static={"axis": 1}),
    Case(ops.cumsum, ((3, 4),), np.cumsum, "from-the-end", {"axis": -2}, compiled=False),
    Case(ops.cumprod, ((2, 5),), np.cumprod, static={"axis": 1}),
    Case(ops.cumprod, (ZEROS,), np.cumprod, "zeros", {"axis": 1}, compiled=False),
    Case(ops.cummax, ((7, 2),), np.maximum.accumulate, static={"axis": 0}),
    Case(ops.cummin, ((2, 4),), np.minimum.accumulate, static={"axis": 1}),
    Case(ops.logcumsumexp, ((2, 5),), np.logaddexp.accumulate, static={"axis": 1}),
]
