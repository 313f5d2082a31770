"""Layer normalisation."""

from chainrule.autodiff import differentiable
from chainrule.backend import Array
from chainrule.kernels import select
from chainrule.ops.shape import reshape


@differentiable
def _layer_norm(x, weight, bias, *, eps, wanted):
    """With n = (x - mean) / std and h = grad weight: dx = (h - mean(h) - n mean(h n)) / std."""
    operands = [array for array in (x, weight, bias) if array is not None]
    y, saved = select(*operands).layer_norm(x, weight, bias, eps, any(wanted))
    return y, lambda grad: select(grad, *operands).layer_norm_backward(grad, x, weight, saved, wanted)


def layer_norm(
    x: Array,
    normalized_shape: int | tuple[int, ...],
    weight: Array | None = None,
    bias: Array | None = None,
    eps: float = 1e-5,
) -> Array:
    """Shift and scale to mean 0 and variance 1 over the last axes (J. Ba, J. Kiros and G. Hinton, 2016).

    Parameters
    ----------
    x : Tensor or Array, shape (..., *normalized_shape)
        The input.
    normalized_shape : int or tuple of int
        The lengths of the axes to normalise over.
    weight : Tensor or Array, shape normalized_shape, optional
        What the result is multiplied by.
    bias : Tensor or Array, shape normalized_shape, optional
        What is added then.
    eps : float, default 1e-5
        Added to the variance, to keep its root away from zero.

    Returns
    -------
    Tensor or Array
        ``(x - mean) / sqrt(var + eps) * weight + bias``, of x's shape.

    Raises
    ------
    ValueError
        If `x` does not end in `normalized_shape`, or weight or bias have another shape.
    """
    lengths = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not lengths or x.shape[-len(lengths) :] != lengths:
        raise ValueError(f"layer_norm over {lengths} expected an input that ends in these axes, but got {x.shape}")
    for name, array in (("weight", weight), ("bias", bias)):
        if array is not None and array.shape != lengths:
            raise ValueError(f"layer_norm over {lengths} expected {name} of that shape, but got {array.shape}")
    if len(lengths) == 1:
        return _layer_norm(x, weight, bias, eps=eps)
    weight, bias = (None if array is None else reshape(array, shape=(-1,)) for array in (weight, bias))
    rows = reshape(x, shape=(*x.shape[: -len(lengths)], -1))
    return reshape(_layer_norm(rows, weight, bias, eps=eps), shape=x.shape)
