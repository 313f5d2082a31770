"""Cases of `chainrule.ops.pooling`."""

import itertools

import numpy as np

from chainrule import ops

from ..case import Case


def windows(x, kernel, stride, padding=0, dilation=1, counts=None):
    """What each window sees of images of two axes, beside its place: NaN in the padding."""
    counts = counts or [
        (n + 2 * padding - dilation * (k - 1) - 1) // s + 1 for n, k, s in zip(x.shape[2:], kernel, stride)
    ]
    reach = [(n - 1) * s + dilation * (k - 1) + 1 for n, k, s in zip(counts, kernel, stride)]
    beyond = [max(r - n - padding, 0) for r, n in zip(reach, x.shape[2:])]
    wide = np.pad(x, ((0, 0), (0, 0), *((padding, b) for b in beyond)), constant_values=np.nan)
    for i, j in itertools.product(*map(range, counts)):
        top, left = i * stride[0], j * stride[1]
        yield (
            (i, j),
            wide[
                :,
                :,
                top : top + dilation * (kernel[0] - 1) + 1 : dilation,
                left : left + dilation * (kernel[1] - 1) + 1 : dilation,
            ],
        )


def reduced(function, x, *args, **options):
    """A number for each window."""
    seen = dict(windows(x, *args, **options))
    last = max(seen)
    y = np.zeros((*x.shape[:2], last[0] + 1, last[1] + 1))
    for place, part in seen.items():
        y[(..., *place)] = function(part)
    return y


def largest(part):
    return np.nanmax(part, axis=(2, 3))


def average(part):
    return np.nanmean(part, axis=(2, 3))


def sum_over(count):
    return lambda part: np.nansum(part, axis=(2, 3)) / count


SHAPE = (2, 2, 5, 6)

CASES = [
    Case(
        ops.max_pool,
        (SHAPE,),
        lambda x, **_: reduced(largest, x, (3, 2), (2, 2), 1),
        static={"kernel_size": (3, 2), "stride": 2, "padding": 1},
    ),
    Case(
        ops.max_pool,
        (SHAPE,),
        lambda x, **_: reduced(largest, x, (2, 2), (2, 2)),
        "beside-each-other",
        {"kernel_size": 2},
        compiled=False,
    ),
    Case(
        ops.max_pool,
        (SHAPE,),
        lambda x, **_: reduced(largest, x, (2, 2), (3, 2), 0, 2, counts=[2, 3]),
        "dilated-and-beyond",
        {"kernel_size": 2, "stride": (3, 2), "dilation": 2, "ceil_mode": True},
        compiled=False,
    ),
    Case(
        ops.max_pool,
        ((2, 2, 4, 5),),
        lambda x: reduced(largest, x, (2, 2), (2, 2)),
        "with-indices",
        call=lambda x: ops.max_pool(x, 2, return_indices=True)[0],
        compiled=False,
    ),
    Case(
        ops.max_pool,
        ((2, 2, 5),),
        lambda x, **_: reduced(largest, x[:, :, None], (1, 3), (1, 2), 0)[:, :, 0],
        "one-axis",
        {"kernel_size": 3, "stride": 2},
        compiled=False,
    ),
    Case(
        ops.avg_pool,
        (SHAPE,),
        lambda x, **_: reduced(sum_over(6), x, (3, 2), (2, 2), 1),
        static={"kernel_size": (3, 2), "stride": 2, "padding": 1},
    ),
    Case(
        ops.avg_pool,
        (SHAPE,),
        lambda x, **_: reduced(average, x, (3, 3), (2, 2), 1, counts=[3, 4]),
        "without-padding",
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
        compiled=False,
    ),
    Case(
        ops.avg_pool,
        (SHAPE,),
        lambda x, **_: reduced(sum_over(5), x, (2, 2), (2, 2)),
        "divisor",
        {"kernel_size": 2, "divisor_override": 5},
        compiled=False,
    ),
]
