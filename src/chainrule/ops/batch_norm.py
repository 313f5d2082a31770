"""Batch normalisation: with the statistics of the batch, which are results too, or with given ones."""

from chainrule.autodiff import differentiable
from chainrule.backend import Array
from chainrule.kernels import select
from chainrule.kernels.reference.batch_norm import NO_LIMITS, Limits
from chainrule.kernels.reference.windows import per_channel
from chainrule.ops.arithmetic import add, multiply
from chainrule.ops.elementwise import sqrt
from chainrule.ops.windows import check_channels


@differentiable
def _batch_norm(x, weight, bias, residual, *, eps, limits, wanted):
    """With n = (x - mean) / std: dx = weight / std (grad - mean(grad) - n mean(grad n)), and the statistics' part."""
    operands = [array for array in (x, weight, bias, residual) if array is not None]
    y, mean, var, saved = select(*operands).batch_norm(x, weight, bias, residual, eps, limits, any(wanted))

    def pull_back(grads):
        kernels = select(*grads, x, *(saved[:2]))
        return kernels.batch_norm_backward(grads, x, weight, bias, saved, limits, wanted)

    return (y, mean, var), pull_back


def batch_norm(
    x: Array,
    weight: Array | None = None,
    bias: Array | None = None,
    eps: float = 1e-5,
    *,
    residual: Array | None = None,
    limits: Limits = NO_LIMITS,
) -> tuple[Array, Array, Array]:
    """Shift and scale each channel to mean 0 and variance 1 over the batch (S. Ioffe and C. Szegedy, 2015).

    What residual networks do next can be done in the same pass: add the images that went past, and cut off.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images; S may be empty.
    weight : Tensor or Array, shape (C,), optional
        What each channel is multiplied by.
    bias : Tensor or Array, shape (C,), optional
        What is added then.
    eps : float, default 1e-5
        Added to the variance, to keep its root away from zero.
    residual : Tensor or Array, shape (N, C, *S), optional
        Images that are added then.
    limits : tuple of float, default (-inf, inf)
        The smallest and the largest result: (0, inf) for ReLU.

    Returns
    -------
    y : Tensor or Array, shape (N, C, *S)
        ``(x - mean) / sqrt(var + eps) * weight + bias + residual`` within limits.
    mean, var : Tensor or Array, shape (C,)
        The mean of each channel, and the mean squared distance from it.

    Raises
    ------
    ValueError
        If shapes do not fit, or a channel has no elements.
    """
    check_channels("batch_norm", x, weight=weight, bias=bias)
    if 0 in x.shape:
        raise ValueError(f"batch_norm expected at least one element a channel, but got an input of shape {x.shape}")
    if residual is not None and residual.shape != x.shape:
        raise ValueError(f"batch_norm expected a residual of shape {tuple(x.shape)}, but got {tuple(residual.shape)}")
    return _batch_norm(x, weight, bias, residual, eps=eps, limits=limits)


def normalize_channels(
    x: Array, mean: Array, var: Array, weight: Array | None = None, bias: Array | None = None, eps: float = 1e-5
) -> Array:
    """Shift and scale each channel by given statistics: batch normalisation in evaluation.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images; S may be empty.
    mean, var : Tensor or Array, shape (C,)
        Mean and variance of each channel.
    weight, bias, eps : as for `batch_norm`
        The same.

    Returns
    -------
    Tensor or Array, shape (N, C, *S)
        ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Raises
    ------
    ValueError
        If shapes do not fit.
    """
    check_channels("normalize_channels", x, mean=mean, var=var, weight=weight, bias=bias)
    scale = 1.0 / sqrt(add(var, eps))
    scale = scale if weight is None else multiply(scale, weight)
    shift = multiply(-mean, scale) if bias is None else add(bias, multiply(-mean, scale))
    return add(multiply(x, per_channel(scale, len(x.shape))), per_channel(shift, len(x.shape)))
