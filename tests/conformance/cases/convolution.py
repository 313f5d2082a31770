"""Cases of `chainrule.ops.convolution`."""

import itertools

import numpy as np

from chainrule import ops

from ..case import Case


def convolved(x, weight, bias=0.0, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The formula, tap by tap; for any number of axes."""
    x = np.pad(x, ((0, 0), (0, 0), *padding))
    spans = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation)]
    counts = [(n - span) // s + 1 for n, span, s in zip(x.shape[2:], spans, stride)]
    y = np.zeros((x.shape[0], weight.shape[0], *counts))
    inputs = np.reshape(x, (x.shape[0], groups, -1, *x.shape[2:]))
    filters = np.reshape(weight, (groups, -1, *weight.shape[1:]))
    for tap in itertools.product(*map(range, weight.shape[2:])):
        seen = tuple(slice(k * d, k * d + (n - 1) * s + 1, s) for k, d, n, s in zip(tap, dilation, counts, stride))
        products = np.einsum("ngc...,gfc->ngf...", inputs[(..., *seen)], filters[(..., *tap)])
        y += products.reshape(y.shape)
    return y + np.reshape(bias, (-1, *(1 for _ in counts)))


def case(label, operation, x, weight, bias=None, compiled=False, **options):
    """`options` are in their full form for the reference; the operation takes them by keyword."""
    inputs = (x, weight) if bias is None else (x, weight, bias)
    return Case(
        operation,
        inputs,
        lambda *arrays: convolved(*arrays, **{"bias": 0.0} | options if bias is None else options),
        label,
        call=lambda *arrays: operation(*arrays, **options),
        compiled=compiled,
    )


ALL_AT_ONCE = {"stride": (2, 1), "padding": ((1, 2), (0, 1)), "dilation": (1, 2), "groups": 2}

CASES = [
    case("all-at-once", ops.conv2d, (2, 4, 5, 6), (6, 2, 2, 3), (6,), compiled=True, **ALL_AT_ONCE),
    case("plain", ops.conv2d, (2, 3, 4, 5), (2, 3, 3, 2)),
    case("depthwise", ops.conv2d, (2, 3, 4, 4), (6, 1, 2, 3), (6,), padding=((1, 1), (1, 1)), groups=3),
    case("pointwise", ops.conv2d, (2, 3, 3, 4), (4, 3, 1, 1), (4,), stride=(2, 2)),
    case("stride-beyond-kernel", ops.conv2d, (1, 2, 7, 7), (2, 2, 2, 2), stride=(3, 4)),
    Case(
        ops.conv2d,
        ((1, 2, 4, 5), (3, 2, 3, 2)),
        lambda x, w: convolved(x, w, padding=((2, 2), (0, 1)), dilation=(2, 1)),
        "same",
        call=lambda x, w: ops.conv2d(x, w, padding="same", dilation=(2, 1)),
        compiled=False,
    ),
    case(
        "",
        ops.conv1d,
        (2, 2, 7),
        (3, 2, 3),
        (3,),
        compiled=True,
        stride=(2,),
        padding=((1, 0),),
        dilation=(2,),
    ),
    case(
        "",
        ops.conv3d,
        (1, 2, 4, 3, 3),
        (2, 2, 2, 2, 2),
        (2,),
        compiled=True,
        stride=(2, 1, 1),
        padding=((1, 1), (0, 1), (0, 0)),
        dilation=(1, 1, 1),
    ),
]
