"""Convolution and its gradients as XLA's one operation, which knows strides and dilations on either side.

Each function has the contract of its namesake in `chainrule.kernels.reference.convolution`.
"""

import jax
from jax import lax

from chainrule.kernels.reference import convolution as reference
from chainrule.kernels.reference.windows import Pairs, Sizes


def conv(
    x: jax.Array,
    weight: jax.Array,
    bias: jax.Array | None,
    stride: Sizes,
    padding: Pairs,
    dilation: Sizes,
    groups: int,
) -> jax.Array:
    """As the reference."""
    y = lax.conv_general_dilated(x, weight, stride, padding, None, dilation, feature_group_count=groups)
    return y if bias is None else y + bias.reshape(-1, *(1 for _ in stride))


def conv_input_gradient(
    grad: jax.Array,
    weight: jax.Array,
    input_shape: Sizes,
    stride: Sizes,
    padding: Pairs,
    dilation: Sizes,
    groups: int,
) -> jax.Array:
    """As the reference: a convolution of the gradient, spread by the stride, with the filters in reverse."""
    if max(stride) > 1 and max(dilation) > 1:
        # XLA (jaxlib 0.10) aborts the process while it simplifies some small ones of these.
        return reference.conv_input_gradient(grad, weight, input_shape, stride, padding, dilation, groups)
    around = []
    for size, k, s, (before, _), d, windows in zip(
        input_shape[2:], weight.shape[2:], stride, padding, dilation, grad.shape[2:]
    ):
        around.append((d * (k - 1) - before, size - 1 - (windows - 1) * s + before))
    turned = lax.rev(reference.exchanged(weight, groups), tuple(range(2, weight.ndim)))
    return lax.conv_general_dilated(
        grad, turned, (1,) * len(stride), around, stride, dilation, feature_group_count=groups
    )


def conv_weight_gradient(
    grad: jax.Array,
    x: jax.Array,
    weight_shape: Sizes,
    stride: Sizes,
    padding: Pairs,
    dilation: Sizes,
    groups: int,
) -> jax.Array:
    """As the reference: a convolution of the images, channels for examples, with the gradient, spread by the stride."""
    around = []
    for size, k, s, (before, _), d, windows in zip(
        x.shape[2:], weight_shape[2:], stride, padding, dilation, grad.shape[2:]
    ):
        around.append((before, d * (k - 1) + s * (windows - 1) + 1 - size - before))
    exchanged_axes = (1, 0, *range(2, x.ndim))
    axes = lax.ConvDimensionNumbers(exchanged_axes, exchanged_axes, exchanged_axes)
    return lax.conv_general_dilated(
        x, grad, dilation, around, None, stride, dimension_numbers=axes, batch_group_count=groups
    )
