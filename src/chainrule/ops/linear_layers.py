"""Linear maps one after the other, with rectifiers between them: a perceptron of several layers as one operation."""

import math
from collections.abc import Sequence

from chainrule.autodiff import differentiable
from chainrule.backend import Array
from chainrule.kernels import select
from chainrule.ops.arithmetic import promote


@differentiable
def _linear_layers(x, *parameters, rectified, wanted):
    """d max(x W' + b, 0) = d(x W' + b) where the result is above zero, else 0; from the last map to the first."""
    weights, biases = parameters[::2], parameters[1::2]
    x, _ = promote(x, weights[0])
    last, kernels, saving, inputs = len(weights) - 1, select(x, *parameters), any(wanted), []
    y = x
    for n, (weight, bias) in enumerate(zip(weights, biases)):
        _check_shapes(y, weight, bias)
        if saving:
            inputs.append(y)
        y = kernels.linear(y, weight, bias, rectified or n < last)

    def pull(grad):
        kernels, found = select(grad, x, *weights), []
        if rectified:
            grad = kernels.clamp_backward(grad, y, 0, math.inf)
        first = max(0, (wanted.index(True) - 1) // 2)  # of the layers in which anything is wanted
        for n in range(last, first - 1, -1):
            weight = weights[n] if any(wanted[: 2 * n + 1]) else None
            grad, *others = kernels.linear_backward(grad, inputs[n], weight, wanted[2 * n + 2], n > 0)
            found += reversed(others)
        return grad, *[None] * (2 * first), *reversed(found)

    return y, pull


def linear_layers(x: Array, layers: Sequence[tuple[Array, Array | None]], rectified: bool = False) -> Array:
    """Apply linear maps one after the other; what is below zero becomes zero before it goes into the next one.

    The same bits as `linear` and `relu` in turn, with less to do around them.

    Parameters
    ----------
    x : Tensor or Array, shape (..., D0)
        The rows.
    layers : sequence of tuple of Tensor or Array
        For each map its weight, of shape (D1, D0), (D2, D1) and so on, and its bias, of shape (D1,), or None.
    rectified : bool, default False
        Whether what is below zero becomes zero after the last map too.

    Returns
    -------
    Tensor or Array, shape (..., DN)
        The result of the last map.

    Raises
    ------
    ValueError
        If there are no layers, or shapes do not fit.
    """
    if not layers:
        raise ValueError("linear_layers expected at least one weight with its bias, but got none")
    return _linear_layers(x, *[array for layer in layers for array in layer], rectified=rectified)


def _check_shapes(x: Array, weight: Array, bias: Array | None) -> None:
    shape, width = weight.shape, x.shape[-1] if x.shape else None
    if len(shape) != 2 or shape[1] != width or (bias is not None and bias.shape != shape[:1]):
        raise ValueError(
            f"linear_layers expected a weight of shape (F, {width}) and a bias of shape (F,) or None, but got {shape} "
            f"and {None if bias is None else bias.shape}"
        )
