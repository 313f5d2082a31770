"""One step of an optimiser for one array, and for many in place."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.backend import Array, namespace


def adam_rule(
    p: Array,
    g: Array,
    m: Array,
    v: Array,
    *,
    lr: Any,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    step: Any,
) -> tuple[Array, Array, Array]:
    """Adam (D. Kingma and J. Ba, 2014), or AdamW (I. Loshchilov and F. Hutter, 2017), as PyTorch computes it.

    ``m = beta1 m + (1 - beta1) g``, ``v = beta2 v + (1 - beta2) g**2``,
    ``p -= lr * (m / (1 - beta1**step)) / (sqrt(v / (1 - beta2**step)) + eps)``.

    Parameters
    ----------
    p, g, m, v : Array
        Parameter, gradient, and running means of the gradient and of its square; one shape.
    lr : float or Array
        Learning rate.
    beta1, beta2 : float
        Decay of the running means.
    eps : float
        Added to the root.
    weight_decay : float
        Times the parameter, subtracted from it (decoupled) or added to the gradient.
    decoupled : bool
        AdamW rather than Adam.
    step : int or Array
        Number of this step, from 1.

    Returns
    -------
    tuple of three Arrays
        New `p`, `m` and `v`.
    """
    if weight_decay and decoupled:
        p = p * (1.0 - lr * weight_decay)
    elif weight_decay:
        g = g + weight_decay * p
    m = beta1 * m + (1.0 - beta1) * g
    v = beta2 * v + (1.0 - beta2) * g * g
    root = namespace(v).sqrt(v / bias_correction(beta2, step))
    return p - (lr / bias_correction(beta1, step)) * m / (root + eps), m, v


def bias_correction(beta: float, step: Any) -> Any:
    """Return ``1 - beta**step``: the weight that a running mean has given to gradients so far.

    Parameters
    ----------
    beta : float
        Decay of the running mean.
    step : int or Array
        Number of steps; as an array of float32 precision, ``1 - 0.999**1`` would have an error of 6e-5.

    Returns
    -------
    float or Array
        In (0, 1].
    """
    if isinstance(step, int) or not beta:
        return 1.0 - beta**step
    return -namespace(step).expm1(step * math.log(beta))


def sgd_rule(
    p: Array,
    g: Array,
    buffer: Array | None,
    *,
    lr: Any,
    momentum: float,
    dampening: float,
    nesterov: bool,
    weight_decay: float,
    step: Any,
) -> tuple[Array, Array | None]:
    """Gradient descent with momentum, as PyTorch computes it.

    ``b = momentum b + (1 - dampening) g``, where the first step takes all of g; ``p -= lr b``.

    Parameters
    ----------
    p, g : Array
        Parameter and gradient; one shape.
    buffer : Array or None
        Momentum, of the same shape and zero before the first step; None for descent without.
    lr : float or Array
        Learning rate.
    momentum : float
        Decay of the buffer.
    dampening : float
        Taken off the gradient's share.
    nesterov : bool
        Step along ``g + momentum * b`` instead (Y. Nesterov, 1983).
    weight_decay : float
        Times the parameter, added to the gradient.
    step : int or Array
        Number of this step, from 1.

    Returns
    -------
    tuple of two Arrays
        New `p` and `buffer`.
    """
    if weight_decay:
        g = g + weight_decay * p
    if buffer is None:
        return p - lr * g, None
    fresh = g * (1.0 - dampening * namespace(g).asarray(step > 1, dtype=g.dtype)) if dampening else g
    buffer = momentum * buffer + fresh
    return p - lr * (g + momentum * buffer if nesterov else buffer), buffer


def adam_step(
    parameters: Sequence[np.ndarray],
    gradients: Sequence[np.ndarray],
    first: Sequence[np.ndarray],
    second: Sequence[np.ndarray],
    **settings: Any,
) -> None:
    """Apply `adam_rule` to many arrays, in place.

    Parameters
    ----------
    parameters, gradients, first, second : sequence of ndarray
        Lists of equal length; all but the gradients are changed.
    **settings
        As for `adam_rule`.
    """
    for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
        p[...], m[...], v[...] = adam_rule(p, g, m, v, **settings)


def sgd_step(
    parameters: Sequence[np.ndarray],
    gradients: Sequence[np.ndarray],
    momentum_buffers: Sequence[np.ndarray] | None,
    **settings: Any,
) -> None:
    """Apply `sgd_rule` to many arrays, in place.

    Parameters
    ----------
    parameters, gradients : sequence of ndarray
        Lists of equal length; the parameters are changed.
    momentum_buffers : sequence of ndarray or None
        As many, changed too; None for descent without momentum.
    **settings
        As for `sgd_rule`.
    """
    buffers = [None] * len(parameters) if momentum_buffers is None else momentum_buffers
    for p, g, buffer in zip(parameters, gradients, buffers, strict=True):
        p[...], new = sgd_rule(p, g, buffer, **settings)
        if buffer is not None:
            buffer[...] = new


def sum_of_squares(arrays: Sequence[Array]) -> Any:
    """Add up the squares of all elements.

    Parameters
    ----------
    arrays : sequence of Array
        Arrays of any shapes, and of one backend.

    Returns
    -------
    float or Array
        The sum; 0 for no arrays. The same whatever the number of threads.
    """
    return sum(namespace(x).sum(x * x) for x in arrays)


def scale(arrays: Sequence[np.ndarray], factor: float) -> None:
    """Multiply all elements by one number, in place.

    Parameters
    ----------
    arrays : sequence of ndarray
        Arrays of any shapes; changed.
    factor : float
        The number.
    """
    for x in arrays:
        x *= factor
