"""Where a decoder looks: the weights of attention from the places of an answer to those of its source.

A search keeps no weights, which would slow it down. An answer that is known goes through the model once more, as in
training, and hooks look on: one pass gives the weights of all its places.
"""

from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.inspect.layers import as_numpy, evaluating
from chainrule.models.attention import Attention
from chainrule.nn import Module, MultiHeadAttention


class Alignment(NamedTuple):
    """An answer and where each of its symbols looked.

    Attributes
    ----------
    source, target : tuple of str
        The symbols of both sides; the last one of the target marks the end.
    weights : ndarray, shape (layers, heads, T, S)
        How much each symbol of the target, as it was chosen, saw of each place of the source; they sum to 1.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Over layers and heads: (T, S)."""
        return self.weights.mean(axis=(0, 1))


def attention_weights(model: Module, source: Any, source_lengths: Any, target: Any) -> np.ndarray:
    """Return the weights with which a decoder looks back at its source.

    Parameters
    ----------
    model : Module
        An encoder-decoder, called as ``model(source, source_lengths, target)``: recurrent with attention, or a
        Transformer. It runs as in evaluation.
    source : Array of int, shape (N, S)
        Source symbols.
    source_lengths : Array of int, shape (N,)
        How many symbols each source has.
    target : Array of int, shape (N, T)
        Target symbols, from the one that marks the beginning.

    Returns
    -------
    ndarray, shape (N, layers, heads, T, S)
        Row t belongs to the choice of the symbol after ``target[:, t]``. Padding of the source has weight 0.

    Raises
    ------
    ValueError
        If the model has no attention to its source.
    """
    seen: dict[Module, list[np.ndarray]] = {}  # for each layer its calls: (N, heads, T, S), or step by step

    def keep(module: Module, args: tuple, result: Any) -> None:
        seen.setdefault(module, []).append(as_numpy(result[1])[:, None])

    def ask(module: MultiHeadAttention, args: tuple) -> None:
        query, key, value, *rest = args
        if key is not query:  # a layer that looks at its own places is not what is asked for
            padding = rest[0] if rest else None
            _, weights = module.forward(query, key, value, padding, True, average_attn_weights=False)
            seen.setdefault(module, []).append(as_numpy(weights))

    with ExitStack() as undo, evaluating(model), no_grad():
        for module in model.modules():
            if isinstance(module, Attention):
                undo.callback(module.register_forward_hook(keep))
            elif isinstance(module, MultiHeadAttention):
                undo.callback(module.register_forward_pre_hook(ask))
        model.run((source, source_lengths, target), {})
    if not seen:
        raise ValueError(f"attention_weights expected a model with attention, but {type(model).__name__} has none")
    return np.stack([np.concatenate(calls, axis=2) for calls in seen.values()], axis=1)


def align(predictor: Any, text: str, symbols: list[int] | None = None) -> Alignment:
    """Answer a text and say where each symbol of the answer looked.

    Parameters
    ----------
    predictor : chainrule.tasks.seq2seq.Predictor
        The model and its tokenizers.
    text : str
        The input.
    symbols : list of int, optional
        The numbers of the answer's symbols; those of the best answer by default.

    Returns
    -------
    Alignment
        Symbols and weights.

    Raises
    ------
    DataError
        If the input is empty or has a symbol that the model never saw.
    ValueError
        If the model has no attention.
    """
    from chainrule.data.tokenizers import BOS

    predictor.check([text])
    sources = predictor.codec.encode_sources([text])
    if symbols is None:
        symbols = predictor.search.run(predictor.model, sources)[0][0].tokens
    source = np.asarray(sources[0])[None]
    target = np.array([[BOS, *symbols]])
    weights = attention_weights(predictor.model, source, np.array([source.shape[1]]), target)
    shown = predictor.codec.decode(symbols, text)
    read = predictor.source_tokenizer.split(text)
    return Alignment((*read, "(end)") if predictor.codec.ends else tuple(read), (*shown, "(end)"), weights[0])
