"""Cases of `chainrule.ops.convolution_transpose`."""

import itertools

import numpy as np

from chainrule import ops

from ..case import Case


def laid_down(x, weight, bias=0.0, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Each element adds its filters to the result, one tap after the other."""
    n, axes = x.shape[0], len(x.shape) - 2
    reach = [(c - 1) * stride + (k - 1) * dilation + 1 for c, k in zip(x.shape[2:], weight.shape[2:])]
    wide = np.zeros((n, weight.shape[1] * groups, *(length + output_padding for length in reach)))
    inputs = np.reshape(x, (n, groups, -1, *x.shape[2:]))
    filters = np.reshape(weight, (groups, -1, *weight.shape[1:]))
    for tap in itertools.product(*map(range, weight.shape[2:])):
        places = tuple(
            slice(k * dilation, k * dilation + (c - 1) * stride + 1, stride) for k, c in zip(tap, x.shape[2:])
        )
        products = np.einsum("ngc...,gcf->ngf...", inputs, filters[(..., *tap)])
        wide[(..., *places)] += products.reshape(n, -1, *x.shape[2:])
    inside = tuple(slice(padding, length - padding) for length in wide.shape[2:])
    return wide[(..., *inside)] + np.reshape(bias, (-1, *(1,) * axes))


def case(label, operation, x, weight, bias=None, compiled=False, **options):
    inputs = (x, weight) if bias is None else (x, weight, bias)
    return Case(
        operation,
        inputs,
        lambda *arrays: laid_down(*arrays, **options),
        label,
        call=lambda *arrays: operation(*arrays, **options),
        compiled=compiled,
    )


CASES = [
    case(
        "",
        ops.conv_transpose2d,
        (2, 4, 3, 3),
        (4, 2, 3, 2),
        (4,),
        compiled=True,
        stride=2,
        padding=1,
        output_padding=1,
        groups=2,
    ),
    case("dilated", ops.conv_transpose2d, (1, 2, 3, 3), (2, 3, 2, 2), dilation=3, output_padding=2, stride=2),
    case("stride-beyond-kernel", ops.conv_transpose2d, (1, 2, 3, 2), (2, 1, 2, 2), (1,), stride=3),
    case("", ops.conv_transpose1d, (2, 2, 4), (2, 3, 3), (3,), compiled=True, stride=2, padding=1),
    case("", ops.conv_transpose3d, (1, 2, 2, 3, 2), (2, 1, 2, 2, 2), (1,), compiled=True, stride=2),
]
