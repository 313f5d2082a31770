"""Cases of `chainrule.ops.attention`."""

import numpy as np

from chainrule import ops

from ..case import Case, between, like
from .softmax import softmax

SHAPES = ((2, 3, 4), (2, 5, 4), (2, 5, 2))
SEEN = np.array([[True, False, True, False, True], [True] * 5, [False] * 5])
DROPPED = between(0.0, 2.0, 2, 3, 5)


def attention(q, k, v, mask=None, dropped=1.0, scale=None):
    scores = q @ np.swapaxes(k, -1, -2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    if mask is None:
        return softmax(scores) * dropped @ v
    return np.where(mask, softmax(np.where(mask, scores, -1e9)), 0.0) * dropped @ v


def step(q, k, v, keys, values, mask=None, scale=None):
    keys, values = np.concatenate([keys, k], axis=1), np.concatenate([values, v], axis=1)
    return attention(q, keys, values, mask, scale=scale), keys, values


CASES = [
    Case(ops.scaled_dot_product_attention, SHAPES, attention),
    Case(
        ops.scaled_dot_product_attention,
        SHAPES,
        lambda q, k, v: attention(q, k, v, SEEN, scale=0.3),
        "mask",
        call=lambda q, k, v: ops.scaled_dot_product_attention(q, k, v, SEEN, scale=0.3),
        compiled=False,
    ),
    Case(
        ops.scaled_dot_product_attention,
        ((2, 2, 5, 4), (2, 2, 5, 4), (2, 2, 5, 4)),
        lambda q, k, v: attention(q, k, v, np.tri(5, 5, dtype=bool)),
        "causal",
        call=lambda q, k, v: ops.scaled_dot_product_attention(q, k, v, is_causal=True),
    ),
    Case(
        ops.scaled_dot_product_attention,
        (*SHAPES, (3, 5)),
        lambda q, k, v, bias: softmax(q @ np.swapaxes(k, -1, -2) / 2 + bias) * DROPPED @ v,
        "bias-dropout",
        call=lambda q, k, v, bias: ops.scaled_dot_product_attention(q, k, v, bias, like(DROPPED, q)),
        compiled=False,
    ),
    Case(
        ops.attention_step,
        ((2, 1, 4), (2, 1, 4), (2, 1, 3), (2, 5, 4), (2, 5, 3)),
        lambda q, k, v, keys, values: step(q, k, v, keys, values),
    ),
    Case(
        ops.attention_step,
        ((2, 1, 4), (2, 1, 4), (2, 1, 3), (2, 2, 4), (2, 2, 3)),
        lambda q, k, v, keys, values: step(q, k, v, keys, values, SEEN[:2, None, :3], 0.3),
        "mask",
        call=lambda q, k, v, keys, values: ops.attention_step(q, k, v, keys, values, SEEN[:2, None, :3], 0.3),
        compiled=False,
    ),
]
