"""A shorter way through a step of a Transformer's decoder, for searches: all layers in one kernel."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule import ops
from chainrule.autodiff import Tensor, is_recorded
from chainrule.decoding.rows import Shared
from chainrule.decoding.unwritten import OutputLayer, Unwritten
from chainrule.kernels import select
from chainrule.kernels.reference.transformer_search import BesideWeights, LayerOptions
from chainrule.models.transformer_parts import TokenEmbedding
from chainrule.nn import KeyValues, TransformerDecoderLayer
from chainrule.ops.constants import constant

if TYPE_CHECKING:
    from chainrule.models.transformer import TargetDecoder


class QuickPlaces(NamedTuple):
    """What `quick_step` needs of N sources."""

    sources: np.ndarray  # (N,): their numbers in what is shared
    prepared: Shared  # weights and memories, as `prepare_places` arranges them; keeps what is read
    output: Shared  # an `OutputLayer`


def quick_places(decoder: "TargetDecoder", memories: tuple[KeyValues, ...], visible: Any) -> QuickPlaces | None:
    """Prepare for quick steps.

    Parameters
    ----------
    decoder : TargetDecoder
        The decoder.
    memories : tuple of KeyValues
        For each layer, of N sources: (N, heads, S, E / heads).
    visible : Array of bool, shape (N, S)
        False at padding.

    Returns
    -------
    QuickPlaces or None
        None where steps have to be taken part by part: rotary positions, an activation that is no name, a tape, hooks,
        dropout, or arrays that are not NumPy's.
    """
    if not decoder.layers or is_recorded(*(x for pair in memories for x in pair), *decoder.parameters()):
        return None
    others = (decoder.embedding, decoder.embedding.symbols, *([] if decoder.output is None else [decoder.output]))
    if not all(map(_is_plain, decoder.layers)) or any(part.has_hooks for part in others):
        return None
    options = {LayerOptions(layer.activation, layer.norm_first, layer.norm1.eps) for layer in decoder.layers}
    weight, bias = constant(decoder.symbols())
    if len(options) > 1 or not (isinstance(constant(memories[0].keys), np.ndarray) and isinstance(weight, np.ndarray)):
        return None
    kernels = select(weight)
    layers = [BesideWeights(*constant(_weights(layer))) for layer in decoder.layers]
    pairs = [constant(tuple(pair)) for pair in memories]
    prepared = kernels.prepare_places(layers, pairs, constant(visible), options.pop())
    symbols = kernels.prepare_symbols(weight, bias)
    if prepared is None or symbols is None:
        return None
    return QuickPlaces(np.arange(len(pairs[0][0])), Shared(prepared), Shared(OutputLayer(weight, bias, symbols)))


def quick_step(decoder: "TargetDecoder", tokens: Any, quick: QuickPlaces, places: Any) -> tuple[Unwritten, np.ndarray]:
    """Take a step.

    Parameters
    ----------
    decoder : TargetDecoder
        The decoder.
    tokens : Array of int, shape (N, W)
        The last symbols.
    quick : QuickPlaces
        Of the N sources.
    places : Array of int, shape (N, W, t)
        The numbers of the places before.

    Returns
    -------
    log_probabilities : Unwritten
        Of the next symbol, (N, W, vocabulary).
    places : ndarray of int64, shape (N, W, t + 1)
        With the new ones at the end.
    """
    known = constant(ops.asarray(places))
    x = _embedded(decoder.embedding, constant(ops.asarray(tokens)), known.shape[-1])
    x, after = select(x).read_places(x, known, quick.sources, quick.prepared.value)
    return Unwritten(constant(decoder.norm(Tensor(x))), quick.output.value), after


def _embedded(embedding: TokenEmbedding, tokens: np.ndarray, place: int) -> np.ndarray:
    """What the embedding makes of symbols (N, W) at one place: (N, W, E)."""
    x = embedding.symbols.weight.constant()[tokens]
    if embedding.scale != 1.0:
        x *= np.float32(embedding.scale)
    if embedding.positions is not None:
        nothing = Tensor(np.zeros((1, x.shape[-1]), x.dtype))
        x += constant(embedding.positions(nothing, np.array([place])))
    return x


def _is_plain(layer: TransformerDecoderLayer) -> bool:
    """Whether a kernel may do all of it: there is no mask of dropout, nothing it does not know, and no hook."""
    masks = layer.dropout, layer.dropout1, layer.dropout2, layer.dropout3
    return (
        layer.self_attn.rotary is None
        and isinstance(layer.activation, str)
        and not (layer.training and any(part.p for part in masks))
        and all(not part.has_hooks for part in layer.modules())
    )


def _weights(layer: TransformerDecoderLayer) -> tuple:
    """Weight and bias of each part, in the order of `BesideWeights`."""
    own, across = layer.self_attn, layer.multihead_attn
    parts = (across.out_proj, layer.linear1, layer.linear2, layer.norm1, layer.norm2, layer.norm3)
    first = (own.in_proj_weight, own.in_proj_bias), (own.out_proj.weight, own.out_proj.bias), across.query_projection()
    return *first, *((part.weight, part.bias) for part in parts)
