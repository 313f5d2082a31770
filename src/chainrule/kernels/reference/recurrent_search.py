"""One step of a search with an LSTM that looks back at its source, from what a search can work out once.

A symbol adds to the gates what a row of a table says; what attention averages has been through its part of the layer
after it: the two large products of a step that remain are those with the hidden states.
"""

import math
from typing import Any, NamedTuple

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.elementwise import sigmoid


class SearchWeights(NamedTuple):
    """What is the same at all steps."""

    w_hh: Array  # (4H, H)
    w_query: Array  # (H, H): the hidden state's part of the layer after attention


def prepare_search(w_hh: Array, w_query: Array) -> Any:
    """Arrange weights for `search_step`.

    Parameters
    ----------
    w_hh, w_query : Array
        As `SearchWeights` has them.

    Returns
    -------
    object
        For the same kernels' `search_step`.
    """
    return SearchWeights(w_hh, w_query)


def search_step(
    symbols: Array, table: Array, h: Array, c: Array, weights: Any, keys: Array, values: Array, lengths: Array
) -> tuple[Array, Array, Array, Array]:
    """Take a step with W hypotheses of each of N sources.

    With the gates (i, f, g, o) = ``table[symbol] + w_hh h``: ``c = sigmoid(f) c + sigmoid(i) tanh(g)``,
    ``h = sigmoid(o) tanh(c)``, ``a = softmax(h . keys)`` and ``found = tanh(a values + w_query h)``.

    Parameters
    ----------
    symbols : Array of int, shape (N, W)
        The last symbols, as rows of the table.
    table : Array, shape (V, 4H)
        What each adds to the gates, biases included.
    h, c : Array, shape (N, W, H)
        The state before.
    weights : object
        What `prepare_search` returned.
    keys, values : Array, shape (N, S, H)
        Of the sources.
    lengths : Array of int, shape (N,)
        How many places of each count, at least one.

    Returns
    -------
    found : Array, shape (N, W, H)
        What the next symbols are named from.
    looked : Array, shape (N, W, S)
        The weights a, 0 beyond a length.
    h, c : Array, shape (N, W, H)
        The state after.
    """
    w_hh, w_query = weights
    xp, width = namespace(h, keys), h.shape[-1]
    gates = xp.take(table, symbols) + xp.matmul(h, w_hh.T)
    i, f, g, o = (gates[..., n * width : (n + 1) * width] for n in range(4))
    c = sigmoid(f) * c + sigmoid(i) * xp.tanh(g)
    h = sigmoid(o) * xp.tanh(c)
    scores = xp.matmul(h, xp.swapaxes(keys, -1, -2))
    counts = (xp.arange(keys.shape[1]) < lengths[:, None])[:, None]  # (N, 1, S)
    scores = xp.where(counts, scores, -math.inf)
    powers = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    looked = powers / xp.sum(powers, axis=-1, keepdims=True)
    return xp.tanh(xp.matmul(looked, values) + xp.matmul(h, w_query.T)), looked, h, c
