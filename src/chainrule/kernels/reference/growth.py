"""One more place of sequences that grow: attention to all before it, and a whole layer of a Transformer."""

from typing import NamedTuple

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.attention import attention
from chainrule.kernels.reference.dense import linear
from chainrule.kernels.reference.elementwise import gelu, gelu_tanh
from chainrule.kernels.reference.normalization import layer_norm


class LayerWeights(NamedTuple):
    """The weights of a layer, as `nn.TransformerEncoderLayer` has them; biases may be None."""

    in_proj: tuple[Array, Array | None]  # (3 E, E), (3 E,)
    out_proj: tuple[Array, Array | None]  # (E, E), (E,)
    linear1: tuple[Array, Array | None]  # (F, E), (F,)
    linear2: tuple[Array, Array | None]  # (E, F), (E,)
    norm1: tuple[Array, Array | None]  # (E,), (E,)
    norm2: tuple[Array, Array | None]  # (E,), (E,)


def attention_step(
    query: Array, key: Array, value: Array, keys: Array, values: Array, bias: Array | None, scale: float
) -> tuple[Array, Array, Array]:
    """Let a new place look at all places before it and at itself.

    Parameters
    ----------
    query, key : Array, shape (..., 1, D)
        Of the new place.
    value : Array, shape (..., 1, E)
        Of the new place.
    keys : Array, shape (..., S, D)
        Of the places before.
    values : Array, shape (..., S, E)
        Of the places before.
    bias : Array or None
        Broadcast to (..., 1, S + 1): added to the scores; minus infinity hides a place.
    scale : float
        What products are multiplied by.

    Returns
    -------
    y : Array, shape (..., 1, E)
        The average of the values.
    keys : Array, shape (..., S + 1, D)
        With the new one at the end.
    values : Array, shape (..., S + 1, E)
        With the new one at the end.
    """
    xp = namespace(query, key, value, keys, values)
    keys, values = xp.concatenate([keys, key], axis=-2), xp.concatenate([values, value], axis=-2)
    return attention(query, keys, values, bias, None, scale, False, False)[0], keys, values


def layer_step(
    x: Array,
    keys: Array,
    values: Array,
    bias: Array | None,
    weights: LayerWeights,
    activation: str,
    norm_first: bool,
    eps: float,
) -> tuple[Array, Array, Array]:
    """Read one more place of each sequence with a layer of self-attention and a feed-forward network.

    Parameters
    ----------
    x : Array, shape (..., 1, E)
        The new places.
    keys, values : Array, shape (..., heads, S, E / heads)
        Of the places before.
    bias : Array or None
        As for `attention_step`.
    weights : LayerWeights
        The layer's weights.
    activation : {"relu", "gelu", "gelu_tanh"}
        Of the feed-forward network.
    norm_first : bool
        Normalise what the parts read, instead of their sums.
    eps : float
        What norms add to the variance.

    Returns
    -------
    y : Array, shape (..., 1, E)
        What the layer makes of the new places.
    keys, values : Array, shape (..., heads, S + 1, E / heads)
        With the new ones at the end.
    """
    xp = namespace(x)
    heads, width = keys.shape[-3], keys.shape[-1]

    def normal(part: Array, norm: tuple[Array, Array | None], wanted: bool) -> Array:
        return layer_norm(part, norm[0], norm[1], eps, False)[0] if wanted else part

    roles = linear(normal(x, weights.norm1, norm_first), *weights.in_proj)  # (..., 1, 3 E)
    roles = xp.reshape(roles, (*x.shape[:-2], 3, heads, 1, width))
    query, key, value = (roles[..., i, :, :, :] for i in range(3))  # (..., heads, 1, E / heads)
    seen, keys, values = attention_step(query, key, value, keys, values, bias, width**-0.5)
    x = normal(x + linear(xp.reshape(seen, x.shape), *weights.out_proj), weights.norm1, not norm_first)
    hidden = linear(normal(x, weights.norm2, norm_first), *weights.linear1)
    hidden = linear(_ACTIVATIONS[activation](hidden), *weights.linear2)
    return normal(x + hidden, weights.norm2, not norm_first), keys, values


def layers_step(
    x: Array,
    known: list[tuple[Array, Array]],
    bias: Array | None,
    weights: list[LayerWeights],
    activation: str,
    norm_first: bool,
    eps: float,
) -> tuple[Array, list[tuple[Array, Array]]]:
    """Read one more place of each sequence with layers one on top of the other.

    Parameters
    ----------
    x : Array, shape (..., 1, E)
        The new places.
    known : list of tuple of Array
        For each layer the keys and values of the places before.
    bias : Array or None
        As for `attention_step`.
    weights : list of LayerWeights
        Of each layer.
    activation : {"relu", "gelu", "gelu_tanh"}
        As for `layer_step`.
    norm_first : bool
        As for `layer_step`.
    eps : float
        As for `layer_step`.

    Returns
    -------
    y : Array, shape (..., 1, E)
        What the last layer makes of the new places.
    known : list of tuple of Array
        For each layer the keys and values with the new ones at the end.
    """
    after = []
    for (keys, values), own in zip(known, weights):
        x, keys, values = layer_step(x, keys, values, bias, own, activation, norm_first, eps)
        after.append((keys, values))
    return x, after


def _relu(x: Array) -> Array:
    return namespace(x).maximum(x, 0.0)


_ACTIVATIONS = {"relu": _relu, "gelu": gelu, "gelu_tanh": gelu_tanh}
