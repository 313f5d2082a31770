"""Cases of `chainrule.ops.normalization`."""

import numpy as np

from chainrule import ops

from ..case import Case


def layer_norm(x, weight=1.0, bias=0.0, axes=(-1,), eps=1e-5):
    mean = x.mean(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=axes, keepdims=True) + eps) * weight + bias


CASES = [
    Case(ops.layer_norm, ((3, 4),), lambda x, normalized_shape: layer_norm(x), static={"normalized_shape": 4}),
    Case(
        ops.layer_norm,
        ((2, 3, 5), (5,), (5,)),
        layer_norm,
        "weight-bias",
        call=lambda x, w, b: ops.layer_norm(x, (5,), w, b),
    ),
    Case(
        ops.layer_norm,
        ((2, 3, 4), (3, 4), (3, 4)),
        lambda x, w, b: layer_norm(x, w, b, (1, 2), 0.1),
        "two-axes",
        call=lambda x, w, b: ops.layer_norm(x, (3, 4), w, b, eps=0.1),
        compiled=False,
    ),
    Case(
        ops.layer_norm,
        ((2, 3), (3,)),
        layer_norm,
        "weight",
        call=lambda x, w: ops.layer_norm(x, 3, w),
        compiled=False,
    ),
]
