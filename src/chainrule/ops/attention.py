"""Attention: an average of values, weighted by how well keys fit a query."""

import math
from typing import Any

import numpy as np

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.kernels import select
from chainrule.ops.constants import constant


@differentiable
def _attention(query, key, value, bias, *, dropped, scale, causal, wanted):
    """With weights w = softmax(q k' + b) and dw = dy v': dscores = w (dw - sum(w dw)); no weights are kept."""
    operands = (query, key, value) if bias is None else (query, key, value, bias)
    inputs = (query, key, value, bias, dropped, scale, causal)
    kernels = select(*operands)
    y, saved = kernels.attention(*inputs, any(wanted))

    def pull_back(grad):
        ours = select(grad, *operands)
        # What a fused kernel keeps cannot be differentiated again.
        kept = saved if ours is kernels else ours.attention(*inputs, True)[1]
        return ours.attention_backward(grad, *inputs, kept, wanted)

    return y, pull_back


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
    bias = attention_bias(attn_mask, query.dtype)
    return _attention(query, key, value, bias, dropped=constant(dropout_mask), scale=factor, causal=is_causal)


def attention_bias(mask: Array | None, dtype: Any) -> Array | None:
    """Return what a mask adds to the scores of attention.

    Parameters
    ----------
    mask : Tensor or Array, optional
        Truth values: which keys a query may see. Numbers: what to add.
    dtype : dtype
        Of the scores.

    Returns
    -------
    Tensor or Array, or None
        0, or minus infinity where a key is not to be seen; numbers as they are.
    """
    if mask is None or mask.dtype.kind != "b":
        return mask
    visible = constant(mask)
    xp = namespace(visible)
    return xp.where(visible, xp.asarray(0.0, dtype=dtype), -np.inf)


@differentiable
def _attention_step(query, key, value, keys, values, *, bias, scale, wanted):
    """The derivative of attention over all places, the last of which is the new one."""
    operands = (query, key, value, keys, values)
    y, all_keys, all_values = select(*operands).attention_step(*operands, bias, scale)
    inputs, before = (query, all_keys, all_values, bias, None, scale, False), keys.shape[-2]

    def pull_back(grads):
        dy, dkeys, dvalues = grads
        kernels = select(dy, query, all_keys, all_values)
        saved = kernels.attention(*inputs, True)[1]
        dquery, from_keys, from_values, _ = kernels.attention_backward(dy, *inputs, saved, (True, True, True, False))
        dkeys, dvalues = dkeys + from_keys, dvalues + from_values
        new, old = (..., slice(before, None), slice(None)), (..., slice(before), slice(None))
        return dquery, dkeys[new], dvalues[new], dkeys[old], dvalues[old]

    return (y, all_keys, all_values), pull_back


def attention_step(
    query: Array,
    key: Array,
    value: Array,
    keys: Array,
    values: Array,
    attn_mask: Array | None = None,
    scale: float | None = None,
) -> tuple[Array, Array, Array]:
    """Let one more place of each sequence look at all places before it and at itself.

    Parameters
    ----------
    query, key : Tensor or Array, shape (..., 1, D)
        Of the new place.
    value : Tensor or Array, shape (..., 1, E)
        Of the new place.
    keys : Tensor or Array, shape (..., S, D)
        Of the places before.
    values : Tensor or Array, shape (..., S, E)
        Of the places before.
    attn_mask : Array, optional
        Broadcast to (..., 1, S + 1), a constant. Truth values: which places may be seen. Numbers: added to the scores.
    scale : float, optional
        What products are multiplied by; 1 / sqrt(D) by default.

    Returns
    -------
    y : Tensor or Array, shape (..., 1, E)
        The averages, as `scaled_dot_product_attention` makes them.
    keys : Tensor or Array, shape (..., S + 1, D)
        With the new one at the end.
    values : Tensor or Array, shape (..., S + 1, E)
        With the new one at the end.

    Raises
    ------
    ValueError
        If shapes do not fit.
    """
    one = (*keys.shape[:-2], 1)
    if query.shape != (*one, keys.shape[-1]) or key.shape != query.shape or value.shape != (*one, values.shape[-1]):
        raise ValueError(
            f"attention_step beside keys {keys.shape} and values {values.shape} expected one query and key "
            f"{(*one, keys.shape[-1])} and value {(*one, values.shape[-1])}, but got {query.shape}, {key.shape} and "
            f"{value.shape}"
        )
    factor = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    bias = attention_bias(constant(attn_mask), query.dtype)
    return _attention_step(query, key, value, keys, values, bias=bias, scale=factor)
