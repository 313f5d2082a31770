"""Cases of `chainrule.ops.linear_layers`."""

import numpy as np

from chainrule import ops

from ..case import Case


def two(x, w, b, v, c):
    return np.maximum(x @ w.T + b, 0) @ v.T + c


CASES = [
    Case(
        ops.linear_layers,
        ((3, 4), (5, 4), (5,), (2, 5), (2,)),
        two,
        call=lambda x, w, b, v, c: ops.linear_layers(x, [(w, b), (v, c)]),
    ),
    Case(
        ops.linear_layers,
        ((2, 3, 4), (5, 4), (2, 5)),
        lambda x, w, v: np.maximum(np.maximum(x @ w.T, 0) @ v.T, 0),
        "rectified",
        call=lambda x, w, v: ops.linear_layers(x, [(w, None), (v, None)], rectified=True),
        compiled=False,
    ),
]
