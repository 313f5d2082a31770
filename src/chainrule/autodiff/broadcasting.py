"""The one place where broadcasting is undone."""

from chainrule.backend import Array, namespace


def unbroadcast(grad: Array, shape: tuple[int, ...]) -> Array:
    """Sum `grad` over the axes that broadcasting added or stretched, down to `shape`.

    Parameters
    ----------
    grad : Array
        A gradient in the shape of an operation's result.
    shape : tuple of int
        The shape of the argument that was broadcast to it.

    Returns
    -------
    Array
        The gradient of the argument, of `shape`.

    Raises
    ------
    ValueError
        If broadcasting cannot have made `grad`'s shape from `shape`.
    """
    if grad.shape == shape:
        return grad
    extra = len(grad.shape) - len(shape)
    if grad.shape[max(extra, 0) :] == shape:
        return namespace(grad).sum(grad, axis=0 if extra == 1 else tuple(range(extra)))
    stretched = [i for i, n in enumerate(shape) if extra >= 0 and n == 1 and grad.shape[i + extra] != 1]
    kept = tuple(1 if i in stretched else grad.shape[i + extra] for i in range(len(shape))) if extra >= 0 else None
    if kept != shape:
        raise ValueError(f"shape {shape} does not broadcast to {grad.shape}")
    xp = namespace(grad)
    axes = (*range(extra), *(i + extra for i in stretched))
    return xp.reshape(xp.sum(grad, axis=axes), shape)
