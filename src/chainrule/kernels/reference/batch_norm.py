"""Batch normalisation (S. Ioffe and C. Szegedy, 2015)."""

import math

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.windows import per_channel


def batch_norm(
    x: Array, weight: Array | None, bias: Array | None, eps: float, save: bool
) -> tuple[Array, Array, Array, tuple[Array, Array] | None]:
    """Shift and scale each channel to mean 0 and variance 1: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Parameters
    ----------
    x : Array, shape (N, C, *S)
        The images; S may be empty.
    weight, bias : Array, shape (C,), or None
        What each channel is multiplied by and what is added.
    eps : float
        Keeps the root away from zero.
    save : bool
        Keep what `batch_norm_backward` needs.

    Returns
    -------
    y : Array, shape (N, C, *S)
        The result.
    mean, var : Array, shape (C,)
        The mean of each channel, and the mean squared distance from it.
    saved : tuple of Array, each of shape (C,), or None
        The means, and one over the standard deviations.
    """
    count = x.shape[0] * math.prod(x.shape[2:])
    mean = _channel_sums(x) / count
    centred = x - per_channel(mean, len(x.shape))
    var = _channel_sums(centred * centred) / count
    scale = 1.0 / namespace(var).sqrt(var + eps)
    y = centred * per_channel(scale if weight is None else scale * weight, len(x.shape))
    if bias is not None:
        y = y + per_channel(bias, len(x.shape))
    return y, mean, var, (mean, scale) if save else None


def batch_norm_backward(
    grad: Array,
    grad_mean: Array,
    grad_var: Array,
    x: Array,
    weight: Array | None,
    saved: tuple[Array, Array],
    wanted: tuple[bool, bool, bool],
) -> tuple[Array | None, Array | None, Array | None]:
    """Gradient of `batch_norm`.

    With n the normalised x, M elements a channel and sums over them: ``dweight = sum(grad n)``, ``dbias = sum(grad)``,
    ``dx = weight / std * (grad - dbias / M - n dweight / M) + (grad_mean + 2 std n grad_var) / M``.

    Parameters
    ----------
    grad : Array, shape (N, C, *S)
        Gradient of the result.
    grad_mean, grad_var : Array, shape (C,)
        Gradients of mean and variance.
    x : Array, shape (N, C, *S)
        As for `batch_norm`.
    weight : Array, shape (C,), or None
        As for `batch_norm`.
    saved : tuple of Array
        What `batch_norm` kept.
    wanted : tuple of bool
        Which of the three gradients are needed.

    Returns
    -------
    dx : Array, shape (N, C, *S), or None
        Gradient of the images.
    dweight, dbias : Array, shape (C,), or None
        Gradients of weight and bias; None where not wanted.
    """
    mean, scale = saved
    count = x.shape[0] * math.prod(x.shape[2:])
    normal = (x - per_channel(mean, len(x.shape))) * per_channel(scale, len(x.shape))
    dweight, dbias = _channel_sums(grad * normal), _channel_sums(grad)
    dx = None
    if wanted[0]:
        factor = scale if weight is None else scale * weight
        everywhere = (grad_mean - factor * dbias) / count
        along = (2.0 * grad_var / scale - factor * dweight) / count
        dx = (
            grad * per_channel(factor, len(x.shape))
            + normal * per_channel(along, len(x.shape))
            + per_channel(everywhere, len(x.shape))
        )
    return dx, dweight if wanted[1] else None, dbias if wanted[2] else None


def _channel_sums(x: Array) -> Array:
    """Sums over all axes but the second. One axis at a time loses fewer digits than all at once, in the same time."""
    xp = namespace(x)
    while len(x.shape) > 2:
        x = xp.sum(x, axis=-1)
    return xp.sum(x, axis=0)
