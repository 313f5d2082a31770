"""Cases of `chainrule.ops.dropout`."""

import numpy as np

from chainrule import ops

from ..case import Case, like

MASK = np.array([[2.0, 0.0, 2.0, 0.0]] * 3)


CASES = [Case(ops.dropout, ((3, 4),), lambda x: x * MASK, call=lambda x: ops.dropout(x, like(MASK, x)))]
