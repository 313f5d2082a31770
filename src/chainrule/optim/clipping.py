"""Keeping gradients small."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.backend import Array, namespace
from chainrule.kernels import ArrayList, select


def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0) -> Tensor:
    """Scale all gradients together, so that their norm is at most `max_norm` (R. Pascanu et al., 2013).

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Whose gradients to scale; those without one are passed over.
    max_norm : float
        The largest norm.
    norm_type : float, default 2
        Which norm; ``math.inf`` for the largest element.

    Returns
    -------
    Tensor, shape ()
        The norm before.
    """
    holders = _with_gradients(parameters)
    if not holders:
        return Tensor(0.0)
    gradients = ArrayList(map(_gradient, holders))
    norm = _norm(gradients, norm_type)
    scale = namespace(norm).minimum(1.0, max_norm / (norm + 1e-6))
    if all(isinstance(gradient, np.ndarray) for gradient in gradients):
        if scale != 1.0:
            select(*gradients).scale(gradients, float(scale))
    else:
        for p, gradient in zip(holders, gradients):
            p.grad = Tensor(gradient * namespace(gradient).astype(scale, p.dtype))
    return Tensor(namespace(norm).asarray(norm, dtype=holders[0].dtype))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Cut every element of the gradients off at ``-clip_value`` and ``clip_value``.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Whose gradients to clip; those without one are passed over.
    clip_value : float
        The largest size of an element.
    """
    for p in _with_gradients(parameters):
        gradient = _gradient(p)
        if isinstance(gradient, np.ndarray):
            np.clip(gradient, -clip_value, clip_value, out=gradient)
        else:
            p.grad = Tensor(namespace(gradient).clip(gradient, -clip_value, clip_value))


def _with_gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p for p in given if p.grad is not None]


def _gradient(p: Tensor) -> Array:
    assert p.grad is not None
    return p.grad.value


def _norm(gradients: Sequence[Array], norm_type: float) -> Any:
    """The norm of all elements together: a number on NumPy, an array on JAX."""
    if math.isinf(norm_type):
        largest = [namespace(g).max(namespace(g).abs(g)) for g in gradients if g.size]
        return namespace(*largest).max(namespace(*largest).stack(largest))
    if norm_type == 2:
        return select(*gradients).sum_of_squares(gradients) ** 0.5
    powers = [namespace(g).sum(namespace(g).power(namespace(g).abs(g), norm_type)) for g in gradients]
    return sum(powers) ** (1.0 / norm_type)
