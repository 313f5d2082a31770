"""Layer normalisation over the last axis (J. Ba, J. Kiros and G. Hinton, 2016)."""

from chainrule.backend import Array, namespace


def layer_norm(
    x: Array, weight: Array | None, bias: Array | None, eps: float, save: bool
) -> tuple[Array, tuple[Array, Array] | None]:
    """Shift and scale each row to mean 0 and variance 1: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Parameters
    ----------
    x : Array, shape (..., D)
        The rows.
    weight, bias : Array, shape (D,), or None
        What each element is multiplied by and what is added.
    eps : float
        Keeps the root away from zero.
    save : bool
        Keep what `layer_norm_backward` needs.

    Returns
    -------
    y : Array, shape (..., D)
        The result.
    saved : tuple of Array, each of shape (..., 1), or None
        Means, and one over the standard deviations.
    """
    xp = namespace(x)
    mean = xp.mean(x, axis=-1, keepdims=True)
    centred = x - mean
    scale = 1.0 / xp.sqrt(xp.mean(centred * centred, axis=-1, keepdims=True) + eps)
    y = centred * scale
    if weight is not None:
        y = y * weight
    if bias is not None:
        y = y + bias
    return y, (mean, scale) if save else None


def layer_norm_backward(
    g: Array, x: Array, weight: Array | None, saved: tuple[Array, Array], wanted: tuple[bool, bool, bool]
) -> tuple[Array | None, Array | None, Array | None]:
    """Gradient of `layer_norm`: with n the normalised row, h = g * weight, ``dx = (h - mean(h) - n mean(h n)) / std``.

    Parameters
    ----------
    g : Array, shape (..., D)
        Gradient of the result.
    x : Array, shape (..., D)
        As for `layer_norm`.
    weight : Array, shape (D,), or None
        As for `layer_norm`.
    saved : tuple of Array
        What `layer_norm` kept.
    wanted : tuple of bool
        Which of the three gradients are needed.

    Returns
    -------
    dx : Array, shape (..., D), or None
        Gradient of the rows.
    dweight, dbias : Array, shape (D,), or None
        Gradients of weight and bias; None where not wanted.
    """
    xp = namespace(g, x)
    mean, scale = saved
    normal = (x - mean) * scale
    dx = None
    if wanted[0]:
        h = g if weight is None else g * weight
        along = xp.mean(h * normal, axis=-1, keepdims=True)
        dx = scale * (h - xp.mean(h, axis=-1, keepdims=True) - normal * along)
    rows = tuple(range(len(x.shape) - 1))
    dweight = xp.sum(g * normal, axis=rows) if wanted[1] else None
    dbias = xp.sum(g, axis=rows) if wanted[2] else None
    return dx, dweight, dbias
