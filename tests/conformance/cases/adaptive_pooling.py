"""Cases of `chainrule.ops.adaptive_pooling`."""

import numpy as np

from chainrule import ops

from ..case import Case


def pooled(function, x, outputs):
    """A number for each window; as many axes as `outputs` has."""
    y = np.zeros((*x.shape[:2], *outputs))
    for place in np.ndindex(*outputs):
        seen = tuple(slice(i * n // o, -(-(i + 1) * n // o)) for i, n, o in zip(place, x.shape[2:], outputs))
        y[(..., *place)] = function(x[(..., *seen)], axis=tuple(range(2, x.ndim)))
    return y


CASES = [
    Case(
        ops.adaptive_avg_pool,
        ((2, 2, 5, 6),),
        lambda x, output_size: pooled(np.mean, x, output_size),
        static={"output_size": (3, 4)},
    ),
    Case(
        ops.adaptive_avg_pool,
        ((2, 2, 6, 4),),
        lambda x, output_size: pooled(np.mean, x, (3, 4)),
        "divides",
        {"output_size": (3, None)},
        compiled=False,
    ),
    Case(
        ops.adaptive_avg_pool,
        ((2, 2, 3, 4),),
        lambda x, output_size: pooled(np.mean, x, (1, 1)),
        "global",
        {"output_size": 1},
        compiled=False,
    ),
    Case(
        ops.adaptive_max_pool,
        ((2, 2, 5, 6),),
        lambda x, output_size: pooled(np.max, x, output_size),
        static={"output_size": (3, 4)},
    ),
    Case(
        ops.adaptive_max_pool,
        ((2, 2, 6),),
        lambda x, output_size: pooled(np.max, x, (3,)),
        "divides",
        {"output_size": 3},
        compiled=False,
    ),
]
