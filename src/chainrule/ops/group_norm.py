"""Normalisation of each image by itself: all of a channel, or a group of channels."""

import math

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.kernels.reference.windows import per_channel
from chainrule.ops.arithmetic import add, multiply
from chainrule.ops.shape import reshape
from chainrule.ops.windows import check_channels


@differentiable
def _standardize(x, *, axes, eps):
    """With y = (x - mean) / std over some axes: dx = (grad - mean(grad) - y mean(grad y)) / std."""
    xp = namespace(x)
    centred = x - xp.mean(x, axis=axes, keepdims=True)
    scale = 1.0 / xp.sqrt(xp.mean(centred * centred, axis=axes, keepdims=True) + eps)
    y = centred * scale

    def pull_back(grad):
        mean = namespace(grad, y).mean
        along = mean(grad * y, axis=axes, keepdims=True)
        return scale * (grad - mean(grad, axis=axes, keepdims=True) - y * along)

    return y, (pull_back,)


def group_norm(
    x: Array, num_groups: int, weight: Array | None = None, bias: Array | None = None, eps: float = 1e-5
) -> Array:
    """Shift and scale groups of channels of each image to mean 0 and variance 1 (Y. Wu and K. He, 2018).

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images.
    num_groups : int
        Into how many groups the channels are split.
    weight : Tensor or Array, shape (C,), optional
        What each channel is multiplied by.
    bias : Tensor or Array, shape (C,), optional
        What is added then.
    eps : float, default 1e-5
        Added to the variance, to keep its root away from zero.

    Returns
    -------
    Tensor or Array, shape (N, C, *S)
        ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Raises
    ------
    ValueError
        If shapes do not fit or groups do not divide.
    """
    check_channels("group_norm", x, weight=weight, bias=bias)
    if num_groups < 1 or x.shape[1] % num_groups:
        raise ValueError(f"group_norm expected groups that divide {x.shape[1]} channels, but got {num_groups}")
    parted = reshape(x, shape=(x.shape[0], num_groups, x.shape[1] // num_groups, *x.shape[2:]))
    normal = _standardize(parted, axes=tuple(range(2, len(parted.shape))), eps=eps)
    return _scaled(reshape(normal, shape=x.shape), weight, bias)


def instance_norm(x: Array, weight: Array | None = None, bias: Array | None = None, eps: float = 1e-5) -> Array:
    """Shift and scale each channel of each image to mean 0 and variance 1 (D. Ulyanov et al., 2016).

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images, with more than one element a channel.
    weight, bias, eps : as for `group_norm`
        The same.

    Returns
    -------
    Tensor or Array, shape (N, C, *S)
        ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Raises
    ------
    ValueError
        If shapes do not fit, or a channel is a single element.
    """
    check_channels("instance_norm", x, weight=weight, bias=bias)
    if math.prod(x.shape[2:]) < 2:
        raise ValueError(f"instance_norm expected more than one element a channel, but got shape {tuple(x.shape)}")
    return _scaled(_standardize(x, axes=tuple(range(2, len(x.shape))), eps=eps), weight, bias)


def _scaled(x: Array, weight: Array | None, bias: Array | None) -> Array:
    x = x if weight is None else multiply(x, per_channel(weight, len(x.shape)))
    return x if bias is None else add(x, per_channel(bias, len(x.shape)))
