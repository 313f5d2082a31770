"""Attention: an average of values, weighted by how well keys fit a query."""

import math
from typing import Any

import numpy as np

from chainrule.backend import Array, namespace
from chainrule.ops.constants import constant
from chainrule.ops.dropout import dropout
from chainrule.ops.indexing import masked_fill
from chainrule.ops.linear_algebra import matmul
from chainrule.ops.shape import swapaxes
from chainrule.ops.softmax import softmax


def _unlikely(dtype: Any) -> float:
    """A score whose exponential is 0; minus infinity would make a row that sees nothing NaN."""
    return -6e4 if dtype == np.float16 else -1e30


def scaled_dot_product_attention(
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Array | None = None,
    dropout_mask: Array | None = None,
    is_causal: bool = False,
    scale: float | None = None,
) -> Array:
    """Average values by the softmax of scaled products of queries and keys (A. Vaswani et al., 2017).

    Parameters
    ----------
    query : Tensor or Array, shape (..., T, D)
        What is looked for.
    key : Tensor or Array, shape (..., S, D)
        What it is compared with.
    value : Tensor or Array, shape (..., S, E)
        What is averaged.
    attn_mask : Tensor or Array, optional
        Broadcast to (..., T, S). Truth values: which keys a query may see. Numbers: added to the scaled products.
    dropout_mask : Tensor or Array, shape (..., T, S), optional
        What the weights are multiplied by, as in `dropout`.
    is_causal : bool, default False
        A query sees only the keys up to its own place.
    scale : float, optional
        What products are multiplied by; 1 / sqrt(D) by default.

    Returns
    -------
    Tensor or Array, shape (..., T, E)
        The averages; 0 for a query that may see no key at all.

    Raises
    ------
    ValueError
        If widths or lengths do not fit.
    """
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ValueError(
            "attention expected query (..., T, D), key (..., S, D) and value (..., S, E), but got "
            f"{query.shape}, {key.shape} and {value.shape}"
        )
    factor = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = matmul(query * factor, swapaxes(key, -1, -2))  # (..., T, S)
    visible = None
    if attn_mask is not None and attn_mask.dtype.kind == "b":
        visible = constant(attn_mask)
    elif attn_mask is not None:
        scores = scores + attn_mask
    if is_causal:
        earlier = _not_later(query, key)
        visible = earlier if visible is None else visible & earlier
    weights = softmax(scores) if visible is None else _softmax_of_visible(scores, visible)
    if dropout_mask is not None:
        weights = dropout(weights, dropout_mask)
    return matmul(weights, value)


def _not_later(query: Array, key: Array) -> Array:
    """Which keys stand at a query's place or before it: (T, S)."""
    xp = namespace(constant(query))
    return xp.tril(xp.ones((query.shape[-2], key.shape[-2]), dtype=bool))


def _softmax_of_visible(scores: Array, visible: Array) -> Array:
    """Exactly 0 where nothing is to be seen, even in a row that sees nothing."""
    weights = softmax(masked_fill(scores, ~visible, _unlikely(scores.dtype)))
    return weights * namespace(visible).astype(visible, weights.dtype)
