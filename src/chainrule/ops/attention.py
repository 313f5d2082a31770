"""Attention: an average of values, weighted by how well keys fit a query."""

import math

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
    bias = attn_mask
    if bias is not None and bias.dtype.kind == "b":
        visible = constant(bias)
        xp = namespace(visible)
        bias = xp.where(visible, xp.asarray(0.0, dtype=query.dtype), -np.inf)
    return _attention(query, key, value, bias, dropped=constant(dropout_mask), scale=factor, causal=is_causal)
