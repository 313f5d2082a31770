"""Cases of `chainrule.ops.group_norm`."""

import numpy as np

from chainrule import ops

from ..case import Case
from .batch_norm import beside


def grouped(x, groups, weight=1.0, bias=0.0, eps=1e-5):
    rows = x.reshape(x.shape[0], groups, -1)
    normal = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + eps)
    return normal.reshape(x.shape) * beside(weight, x) + beside(bias, x)


CASES = [
    Case(
        ops.group_norm,
        ((2, 4, 3), (4,), (4,)),
        lambda x, weight, bias: grouped(x, 2, weight, bias),
        call=lambda x, weight, bias: ops.group_norm(x, 2, weight, bias),
    ),
    Case(
        ops.group_norm,
        ((2, 6),),
        lambda x, **_: grouped(x, 3, eps=0.1),
        "plain",
        {"num_groups": 3, "eps": 0.1},
        compiled=False,
    ),
    Case(
        ops.instance_norm,
        ((2, 2, 2, 3), (2,), (2,)),
        lambda x, weight, bias: grouped(x, 2, weight, bias),
    ),
]
