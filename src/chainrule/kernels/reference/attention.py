"""Scaled dot-product attention (A. Vaswani et al., 2017, arXiv 1706.03762), forward and backward."""

from typing import Any

import numpy as np

from chainrule.backend import Array, namespace


def attention(
    query: Array,
    key: Array,
    value: Array,
    bias: Array | None,
    dropped: Array | None,
    scale: float,
    causal: bool,
    save: bool,
) -> tuple[Array, tuple[Array, Array] | None]:
    """Average values by weights ``softmax(scale * query key' + bias)``, 0 for a query that sees no key.

    Parameters
    ----------
    query : Array, shape (..., T, D)
        What is looked for.
    key : Array, shape (..., S, D)
        What it is compared with.
    value : Array, shape (..., S, E)
        What is averaged.
    bias : Array or None
        Broadcast to (..., T, S): added to the scores; minus infinity hides a key.
    dropped : Array, shape (..., T, S), or None
        What weights are multiplied by.
    scale : float
        What products are multiplied by.
    causal : bool
        Query i sees only keys up to i.
    save : bool
        Keep what `attention_backward` needs.

    Returns
    -------
    y : Array, shape (..., T, E)
        The averages.
    saved : tuple of Array, or None
        The averages, and for each query (..., T) the logarithm of the sum of exponentials of its scores, infinite
        for one that sees nothing.
    """
    xp = namespace(query, key, value)
    scores = _scores(query, key, bias, scale, causal)
    peak = xp.max(scores, axis=-1, keepdims=True)
    peak = xp.where(xp.isfinite(peak), peak, 0.0)
    powers = xp.exp(scores - peak)
    total = xp.sum(powers, axis=-1, keepdims=True)
    weights = powers / xp.where(total == 0.0, 1.0, total)
    y = xp.matmul(weights if dropped is None else weights * dropped, value)
    if not save:
        return y, None
    log_sums = xp.where(total == 0.0, np.inf, xp.log(xp.where(total == 0.0, 1.0, total)) + peak)
    return y, (y, xp.squeeze(log_sums, -1))


def attention_backward(
    g: Array,
    query: Array,
    key: Array,
    value: Array,
    bias: Array | None,
    dropped: Array | None,
    scale: float,
    causal: bool,
    saved: tuple[Array, Array],
    wanted: tuple[bool, ...],
) -> tuple[Array | None, ...]:
    """Gradient of `attention`: with weights w, ``dscores = w * (g value' - sum(g * y))``.

    Parameters
    ----------
    g : Array, shape (..., T, E)
        Gradient of the averages.
    query, key, value, bias, dropped, scale, causal
        As for `attention`.
    saved : tuple of Array
        What `attention` kept.
    wanted : tuple of bool
        Which of the four gradients are needed.

    Returns
    -------
    dquery, dkey, dvalue, dbias : Array or None
        Of the shapes of query, key, value, and (..., T, S); None where not wanted.
    """
    xp = namespace(g, query, key, value)
    y, log_sums = saved
    weights = xp.exp(_scores(query, key, bias, scale, causal) - xp.expand_dims(log_sums, -1))  # (..., T, S)
    dweights = xp.matmul(g, xp.swapaxes(value, -1, -2))
    kept = weights if dropped is None else weights * dropped
    if dropped is not None:
        dweights = dweights * dropped
    dscores = weights * (dweights - xp.sum(g * y, axis=-1, keepdims=True))
    return (
        xp.matmul(dscores * scale, key) if wanted[0] else None,
        xp.matmul(xp.swapaxes(dscores * scale, -1, -2), query) if wanted[1] else None,
        xp.matmul(xp.swapaxes(kept, -1, -2), g) if wanted[2] else None,
        dscores if wanted[3] else None,
    )


def _scores(query: Array, key: Array, bias: Array | None, scale: float, causal: bool) -> Any:
    xp = namespace(query, key)
    scores = xp.matmul(query * scale, xp.swapaxes(key, -1, -2))  # (..., T, S)
    if bias is not None:
        scores = scores + bias
    if causal:
        earlier = np.tri(query.shape[-2], key.shape[-2], dtype=bool)
        scores = xp.where(earlier, scores, -np.inf)
    return scores
