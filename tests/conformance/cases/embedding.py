"""Cases of `chainrule.ops.embedding`."""

import numpy as np

from chainrule import ops

from ..case import Case

IDS = np.array([[0, 3, 3], [1, 0, 3]])


def padded(weight):
    """The gradient of the padding row is zero, as if another table stood there."""
    return np.concatenate([np.random.default_rng(0).standard_normal((5, 2))[:1], weight[1:]])[IDS]


CASES = [
    Case(ops.embedding, (IDS, (5, 2)), lambda ids, weight: weight[ids]),
    Case(
        ops.embedding,
        ((5, 2),),
        padded,
        "padding",
        call=lambda weight: ops.embedding(IDS, weight, padding_idx=-5),
        compiled=False,
    ),
    Case(ops.one_hot, (IDS,), lambda ids, num_classes: np.eye(5, dtype=int)[ids], static={"num_classes": 5}),
]
