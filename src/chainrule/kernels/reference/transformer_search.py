"""One more place for each hypothesis of a search with a Transformer's decoder.

Places are numbered in the order in which they are read, and their keys and values stay where they are: what belongs to
a hypothesis is the list of the numbers of its places, so that to go on with others moves nothing else.
"""

from typing import Any, NamedTuple

import numpy as np

from chainrule.kernels.reference.attention import attention
from chainrule.kernels.reference.dense import linear
from chainrule.kernels.reference.elementwise import gelu, gelu_tanh
from chainrule.kernels.reference.normalization import layer_norm

Pair = tuple[np.ndarray, np.ndarray | None]  # weight and bias


class BesideWeights(NamedTuple):
    """The weights of a layer of a decoder, as `nn.TransformerDecoderLayer` has them; biases may be None."""

    in_proj: Pair  # (3 E, E), (3 E,)
    out_proj: Pair  # (E, E), (E,)
    query: Pair  # (E, E), (E,): of attention to the source
    across_out: Pair  # (E, E), (E,)
    linear1: Pair  # (F, E), (F,)
    linear2: Pair  # (E, F), (E,)
    norm1: Pair  # (E,), (E,)
    norm2: Pair  # (E,), (E,)
    norm3: Pair  # (E,), (E,)


class LayerOptions(NamedTuple):
    """What layers are besides their weights."""

    activation: str  # relu, gelu or gelu_tanh
    norm_first: bool
    eps: float  # what norms add to the variance


class _Prepared(NamedTuple):
    layers: list[BesideWeights]
    memories: list[tuple[np.ndarray, np.ndarray]]
    visible: np.ndarray
    options: LayerOptions
    read: list[tuple[np.ndarray, np.ndarray]]  # for each layer keys and values of all places, (places, heads, D)


def prepare_places(
    layers: list[BesideWeights],
    memories: list[tuple[np.ndarray, np.ndarray]],
    visible: np.ndarray,
    options: LayerOptions,
) -> Any:
    """Arrange for `read_places` what is the same at all steps.

    Parameters
    ----------
    layers : list of BesideWeights
        The layers' weights.
    memories : list of tuple of ndarray
        For each layer keys and values of the sources, (N, heads, S, E / heads).
    visible : ndarray of bool, shape (N, S)
        False at padding.
    options : LayerOptions
        Of all layers.

    Returns
    -------
    object or None
        For the same kernels' `read_places`, which keeps there what it has read; None where they cannot do it.
    """
    read = [(keys[:0, :, 0], keys[:0, :, 0]) for keys, _ in memories]
    return _Prepared(layers, memories, visible, options, read)


def read_places(x: np.ndarray, places: np.ndarray, sources: np.ndarray, prepared: Any) -> tuple[np.ndarray, np.ndarray]:
    """Read one more place of W hypotheses of each of n sources.

    Parameters
    ----------
    x : ndarray, shape (n, W, E)
        The new places.
    places : ndarray of int64, shape (n, W, t)
        The numbers of the places before.
    sources : ndarray of int64, shape (n,)
        Which of the N sources they are.
    prepared : object
        What `prepare_places` returned.

    Returns
    -------
    y : ndarray, shape (n, W, E)
        What the last layer makes of the new places.
    places : ndarray of int64, shape (n, W, t + 1)
        With the new ones at the end.
    """
    layers, memories, visible, options, read = prepared
    (count, beams, width), heads = x.shape, memories[0][0].shape[1]
    numbers = np.arange(len(read[0][0]), len(read[0][0]) + count * beams).reshape(count, beams, 1)
    places = np.concatenate([places, numbers], axis=2)
    hidden = np.where(visible[sources], 0.0, -np.inf).astype(x.dtype)[:, None, None]  # (n, 1, 1, S)
    scale = (width // heads) ** -0.5

    def split(part: np.ndarray) -> np.ndarray:
        return part.reshape(count, beams, heads, -1)

    def normal(part: np.ndarray, norm: Pair, wanted: bool) -> np.ndarray:
        return layer_norm(part, *norm, options.eps, False)[0] if wanted else part

    first = options.norm_first
    for n, (own, (keys, values)) in enumerate(zip(layers, memories)):
        query, *new = map(split, np.split(linear(normal(x, own.norm1, first), *own.in_proj), 3, axis=-1))
        key, value = (np.concatenate([old, part.reshape(-1, *part.shape[2:])]) for old, part in zip(read[n], new))
        read[n] = key, value
        past_keys, past_values = (np.swapaxes(part[places], 2, 3) for part in read[n])  # (n, W, heads, t + 1, D)
        seen = attention(query[:, :, :, None], past_keys, past_values, None, None, scale, False, False)[0]
        x = normal(x + linear(seen.reshape(x.shape), *own.out_proj), own.norm1, not first)
        query = split(linear(normal(x, own.norm2, first), *own.query)).swapaxes(1, 2)  # (n, heads, W, D)
        found = attention(query, keys[sources], values[sources], hidden, None, scale, False, False)[0]
        x = normal(x + linear(found.swapaxes(1, 2).reshape(x.shape), *own.across_out), own.norm2, not first)
        inner = _ACTIVATIONS[options.activation](linear(normal(x, own.norm3, first), *own.linear1))
        x = normal(x + linear(inner, *own.linear2), own.norm3, not first)
    return x, places


_ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0.0), "gelu": gelu, "gelu_tanh": gelu_tanh}
