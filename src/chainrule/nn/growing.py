"""One step of a search through a stack of layers: in one kernel where nobody looks inside, else part by part."""

from collections.abc import Iterable
from typing import Any

from chainrule.autodiff import Tensor, is_recorded
from chainrule.kernels import select
from chainrule.kernels.reference.growth import LayerWeights
from chainrule.nn.attention import KeyValues
from chainrule.nn.transformer import TransformerEncoderLayer
from chainrule.ops.attention import attention_bias
from chainrule.ops.constants import constant


def extend_layers(
    layers: Iterable[TransformerEncoderLayer],
    x: Any,
    known: Iterable[KeyValues],
    places: Any = None,
    visible: Any = None,
) -> tuple[Any, tuple[KeyValues, ...]]:
    """Read the next places of sequences with one layer after the other, causally.

    Parameters
    ----------
    layers : iterable of TransformerEncoderLayer
        The layers.
    x : Tensor or Array, shape (..., T, E)
        The new places.
    known : iterable of KeyValues
        Of the places before, for each layer (..., heads, S, E / heads).
    places : Array of int, optional
        Where the new ones stand, broadcast to (..., heads, T).
    visible : Array of bool, optional
        Broadcast to (..., heads, T, S + T): which keys a query may see, besides the causal order.

    Returns
    -------
    output : Tensor, shape (..., T, E)
        What the last layer makes of the new places.
    known : tuple of KeyValues
        Of all places.
    """
    layers, known = list(layers), list(known)
    if x.shape[-2] == 1 and all(map(_is_plain, layers)):
        (options, *others), weights = zip(*((_options(layer), _weights(layer)) for layer in layers))
        parameters = (parameter for pairs in weights for pair in pairs for parameter in pair)
        if all(other == options for other in others) and not is_recorded(x, *_flat(known), *parameters):
            return _in_one_go(x, known, visible, weights, options)
    after = []
    for layer, before in zip(layers, known):
        x, longer = layer.extend(x, before, places, visible)
        after.append(longer)
    return x, tuple(after)


def _in_one_go(x: Any, known: list, visible: Any, weights: tuple, options: tuple) -> tuple[Any, tuple[KeyValues, ...]]:
    plain, pairs, bias = constant(x), constant([tuple(pair) for pair in known]), None
    if visible is not None:
        bias = attention_bias(constant(visible), x.dtype)
    own = [LayerWeights(*constant(layer)) for layer in weights]
    y, after = select(plain, pairs[0][0]).layers_step(plain, pairs, bias, own, *options)
    return Tensor(y), tuple(KeyValues(Tensor(keys), Tensor(values)) for keys, values in after)


def _flat(known: list) -> list:
    return [array for pair in known for array in pair]


def _is_plain(layer: TransformerEncoderLayer) -> bool:
    """Whether a kernel may do all of it: there is no mask of dropout, nothing it does not know, and no hook."""
    attention = layer.self_attn
    parts = (layer, attention, attention.out_proj, layer.linear1, layer.linear2, layer.norm1, layer.norm2)
    return (
        attention.rotary is None
        and isinstance(layer.activation, str)
        and not (layer.training and any(part.p for part in (layer.dropout, layer.dropout1, layer.dropout2)))
        and all(not part.has_hooks for part in parts)
    )


def _options(layer: TransformerEncoderLayer) -> tuple[Any, bool, float]:
    return layer.activation, layer.norm_first, layer.norm1.eps


def _weights(layer: TransformerEncoderLayer) -> tuple:
    """Weight and bias of each part, in the order of `LayerWeights`."""
    attention = layer.self_attn
    parts = (attention.out_proj, layer.linear1, layer.linear2, layer.norm1, layer.norm2)
    return (attention.in_proj_weight, attention.in_proj_bias), *((part.weight, part.bias) for part in parts)
