"""Batch normalisation (S. Ioffe and C. Szegedy, 2015)."""

import math

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.rectifiers import clamp, clamp_backward
from chainrule.kernels.reference.windows import per_channel

Limits = tuple[float, float]
Saved = tuple[Array, Array, Array | None]

NO_LIMITS: Limits = (-math.inf, math.inf)


def batch_norm(
    x: Array,
    weight: Array | None,
    bias: Array | None,
    residual: Array | None,
    eps: float,
    limits: Limits,
    save: bool,
) -> tuple[Array, Array, Array, Saved | None]:
    """Shift and scale each channel to mean 0 and variance 1: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    What residual networks do next can be done in the same pass: add the images that went past, and cut off.

    Parameters
    ----------
    x : Array, shape (N, C, *S)
        The images; S may be empty.
    weight, bias : Array, shape (C,), or None
        What each channel is multiplied by and what is added.
    residual : Array, shape (N, C, *S), or None
        What is added then.
    eps : float
        Keeps the root away from zero.
    limits : tuple of float
        The smallest and the largest result: (0, inf) for ReLU.
    save : bool
        Keep what `batch_norm_backward` needs.

    Returns
    -------
    y : Array, shape (N, C, *S)
        The result.
    mean, var : Array, shape (C,)
        The mean of each channel, and the mean squared distance from it.
    saved : tuple or None
        The means and one over the standard deviations, each of shape (C,), and y where it tells what was cut off.
    """
    count = x.shape[0] * math.prod(x.shape[2:])
    mean = _channel_sums(x) / count
    centred = x - per_channel(mean, len(x.shape))
    var = _channel_sums(centred * centred) / count
    scale = 1.0 / namespace(var).sqrt(var + eps)
    y = _affine(centred, scale if weight is None else scale * weight, bias)
    if residual is not None:
        y = y + residual
    y = clamp(y, *limits)
    return y, mean, var, (mean, scale, needed_result(y, residual, limits)) if save else None


def batch_norm_backward(
    grads: tuple[Array, Array, Array],
    x: Array,
    weight: Array | None,
    bias: Array | None,
    saved: Saved,
    limits: Limits,
    wanted: tuple[bool, ...],
) -> tuple[Array | None, ...]:
    """Gradient of `batch_norm`.

    With n the normalised x, M elements a channel and sums over them: ``dweight = sum(grad n)``, ``dbias = sum(grad)``,
    ``dx = weight / std * (grad - dbias / M - n dweight / M) + (grad_mean + 2 std n grad_var) / M``.

    Parameters
    ----------
    grads : tuple of Array, of shapes (N, C, *S), (C,) and (C,)
        Gradients of the result, of mean and of variance.
    x : Array, shape (N, C, *S)
        As for `batch_norm`.
    weight, bias : Array, shape (C,), or None
        As for `batch_norm`.
    saved : tuple of Array
        What `batch_norm` kept.
    limits : tuple of float
        As for `batch_norm`.
    wanted : tuple of bool
        Which of the four gradients are needed.

    Returns
    -------
    dx : Array, shape (N, C, *S), or None
        Gradient of the images.
    dweight, dbias : Array, shape (C,), or None
        Gradients of weight and bias; None where not wanted.
    dresidual : Array, shape (N, C, *S), or None
        Gradient of what was added.
    """
    (grad, grad_mean, grad_var), (mean, scale, y) = grads, saved
    count = x.shape[0] * math.prod(x.shape[2:])
    normal = (x - per_channel(mean, len(x.shape))) * per_channel(scale, len(x.shape))
    if limits != NO_LIMITS:
        grad = clamp_backward(grad, _affine(normal, weight, bias) if y is None else y, *limits)
    dweight, dbias = _channel_sums(grad * normal), _channel_sums(grad)
    dx = None
    if wanted[0]:
        factor = scale if weight is None else scale * weight
        everywhere = (grad_mean - factor * dbias) / count
        along = (2.0 * grad_var / scale - factor * dweight) / count
        dx = _affine(grad, factor, everywhere) + normal * per_channel(along, len(x.shape))
    return dx, dweight if wanted[1] else None, dbias if wanted[2] else None, grad if wanted[3] else None


def needed_result(y: Array, residual: Array | None, limits: Limits) -> Array | None:
    """The result, if what was cut off cannot be computed again of `x` alone."""
    return None if residual is None or limits == NO_LIMITS else y


def _affine(x: Array, scale: Array | None, shift: Array | None) -> Array:
    """Each channel times a number plus a number."""
    x = x if scale is None else x * per_channel(scale, len(x.shape))
    return x if shift is None else x + per_channel(shift, len(x.shape))


def _channel_sums(x: Array) -> Array:
    """Sums over all axes but the second. One axis at a time loses fewer digits than all at once, in the same time."""
    xp = namespace(x)
    while len(x.shape) > 2:
        x = xp.sum(x, axis=-1)
    return xp.sum(x, axis=0)
