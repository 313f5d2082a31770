"""A shorter way through a step of the recurrent decoder, for searches: what does not change is worked out once."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule import nn, ops
from chainrule.autodiff import Tensor, is_recorded
from chainrule.decoding.rows import Shared
from chainrule.decoding.unwritten import OutputLayer
from chainrule.kernels import select
from chainrule.models.attention import Attention
from chainrule.ops.constants import constant

if TYPE_CHECKING:
    from chainrule.models.decoder import Decoder, Memory

_FEW_SYMBOLS = 1024  # of which all rows of the table are made, instead of those that a step needs


class QuickMemory(NamedTuple):
    """What `quick_step` needs besides a `Memory`."""

    keys: np.ndarray  # (N, S, H)
    values: np.ndarray  # (N, S, H): the states, after their part of the layer that joins them with the outputs
    lengths: np.ndarray  # (N,)
    weights: Shared  # as `prepare_search` arranges them
    table: Shared  # (V, 4H): what each symbol adds to the gates; or None
    output: Shared  # an `OutputLayer`; or None where scores have to be written down


def quick_memory(decoder: "Decoder", memory: "Memory") -> QuickMemory | None:
    """Prepare for quick steps.

    Parameters
    ----------
    decoder : Decoder
        The decoder.
    memory : Memory
        Of N sources.

    Returns
    -------
    QuickMemory or None
        None where steps have to be taken part by part: other decoders than one layer of LSTM that scores places by
        products, a tape, hooks, dropout, or arrays that are not NumPy's.
    """
    if not _suits(decoder, memory):
        return None
    states, mask = ops.asarray(memory.states).constant(), ops.asarray(memory.mask).constant()
    joining, recurrent = decoder.combine, decoder.recurrent.layer_weights(0)
    weight, bias = constant([joining.weight, joining.bias])
    width = states.shape[-1]
    values = select(states).linear(states, weight[:, :width], bias)
    w_hh = constant(recurrent.state)
    arranged = select(w_hh).prepare_search(w_hh, np.ascontiguousarray(weight[:, width:]))
    symbols = decoder.embedding.weight.constant()
    table = _added_to_gates(decoder, symbols) if len(symbols) <= _FEW_SYMBOLS else None
    keys = ops.asarray(memory.keys).constant()
    return QuickMemory(keys, values, mask.sum(axis=1), Shared(arranged), Shared(table), Shared(_output(decoder)))


def quick_step(decoder: "Decoder", tokens: Any, memory: "Memory", state: Any) -> tuple[Tensor, Tensor, Any]:
    """Take a step.

    Parameters
    ----------
    decoder : Decoder
        The decoder.
    tokens : Array of int, shape (N, W)
        The last symbols.
    memory : Memory
        Of the N sources, with what `quick_memory` made.
    state : pair of Tensor, each (N, W, 1, H)
        Hidden and cell state.

    Returns
    -------
    found : Tensor, shape (N, W, H)
        What the next symbols are named from.
    looked : Tensor, shape (N, W, S)
        How much of the attention each place has.
    state : pair of Tensor, each (N, W, 1, H)
        After the symbols.
    """
    assert memory.quick is not None
    keys, values, lengths, weights, table, _ = memory.quick
    hidden, cell = (ops.asarray(part).constant()[:, :, 0] for part in state)
    symbols, rows = np.asarray(ops.asarray(tokens).constant()), table.value
    if rows is None:
        embedded = decoder.embedding.weight.constant()[symbols.reshape(-1)]
        rows, symbols = _added_to_gates(decoder, embedded), np.arange(symbols.size).reshape(symbols.shape)
    step = select(hidden).search_step
    found, looked, hidden, cell = step(symbols, rows, hidden, cell, weights.value, keys, values, lengths)
    return Tensor(found), Tensor(looked), (Tensor(hidden[:, :, None]), Tensor(cell[:, :, None]))


def _output(decoder: "Decoder") -> OutputLayer | None:
    """What symbols are named with, where nothing is copied and nobody looks at the scores."""
    weight, bias = constant((decoder.output.weight, decoder.output.bias))
    if decoder.copier is not None or decoder.output.has_hooks:
        return None
    prepared = select(weight).prepare_symbols(weight, bias)
    return None if prepared is None else OutputLayer(weight, bias, prepared)


def _suits(decoder: "Decoder", memory: "Memory") -> bool:
    recurrent, parts = decoder.recurrent, (decoder.embedding, decoder.recurrent, decoder.attention, decoder.combine)
    return (
        isinstance(recurrent, nn.LSTM)
        and recurrent.num_layers == 1
        and not decoder.input_feeding
        and type(decoder.attention).score is Attention.score
        and not (decoder.training and decoder.dropout.p)
        and all(not part.has_hooks for part in (*parts, decoder.dropout))
        and not is_recorded(memory.states, *decoder.parameters())
        and isinstance(decoder.combine.weight.constant(), np.ndarray)
    )


def _added_to_gates(decoder: "Decoder", embedded: np.ndarray) -> np.ndarray:
    """What symbols (M, E) add to the gates, biases included: (M, 4H)."""
    weights = decoder.recurrent.layer_weights(0)
    return select(embedded).linear(embedded, *constant([weights.input, weights.input_bias]))
