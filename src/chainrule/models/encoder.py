"""The recurrent encoder."""

from typing import Any, NamedTuple

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.random import Generator

RECURRENT = {"lstm": nn.LSTM, "gru": nn.GRU}


class Encoded(NamedTuple):
    """What an encoder makes of N sources of up to S symbols."""

    states: Tensor  # (N, S, M)
    mask: Any  # (N, S), False at padding
    summary: Tensor  # (N, M): where the layers ended, forward and backward side by side


class Encoder(nn.Module):
    """Symbols to states: an embedding and a stack of recurrent layers, read in both directions by default.

    Parameters
    ----------
    vocabulary : int
        How many symbols there are.
    embedding_size : int
        The width of their embeddings.
    hidden_size : int
        The width H of a layer, in each direction.
    layers : int, default 1
        How many layers.
    cell : {"lstm", "gru"}, default "lstm"
        The kind of layer.
    bidirectional : bool, default True
        Read in both directions.
    dropout : float, default 0
        Of the embeddings, between the layers and of the states.
    generator : Generator, optional
        Draws the initial weights.

    Attributes
    ----------
    output_size : int
        M, the width of states and summary: 2 H if bidirectional, else H.
    """

    def __init__(
        self,
        vocabulary: int,
        embedding_size: int,
        hidden_size: int,
        layers: int = 1,
        cell: str = "lstm",
        bidirectional: bool = True,
        dropout: float = 0.0,
        *,
        generator: Generator | None = None,
    ):
        super().__init__()
        self.output_size = hidden_size * (2 if bidirectional else 1)
        self.embedding = nn.Embedding(vocabulary, embedding_size, generator=generator)
        self.recurrent = RECURRENT[cell](
            embedding_size,
            hidden_size,
            num_layers=layers,
            bidirectional=bidirectional,
            dropout=dropout if layers > 1 else 0.0,
            generator=generator,
        )
        self.dropout = nn.Dropout(dropout)
        self.directions = 2 if bidirectional else 1

    def forward(self, source: Any, lengths: Any) -> Encoded:
        """Read sources.

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Symbols; what stands beyond a length does not matter.
        lengths : Array of int, shape (N,)
            How many symbols each source has.

        Returns
        -------
        Encoded
            States, mask and summary.
        """
        states, last = read_symbols(self, source, lengths=lengths)
        hidden = last[0] if isinstance(last, tuple) else last  # (layers * directions, N, H)
        top = hidden[-self.directions :]
        summary = ops.reshape(ops.swapaxes(top, 0, 1), (source.shape[0], self.output_size))
        positions = ops.arange(source.shape[1])
        mask = ops.less(ops.expand_dims(positions, 0), ops.expand_dims(ops.asarray(lengths), 1))
        return Encoded(self.dropout(states), mask, summary)


def read_symbols(side: Any, symbols: Any, states: Any = None, lengths: Any = None) -> tuple[Any, Any]:
    """Run the layers of an encoder or decoder over the embeddings of symbols.

    Parameters
    ----------
    side : Module
        Has `embedding`, `dropout` and `recurrent`.
    symbols : Array of int, shape (N, T)
        The symbols.
    states : tree of Tensor, optional
        The layers' states before the first of them.
    lengths : Array of int, shape (N,), optional
        How many symbols count.

    Returns
    -------
    tuple
        What the layers return.
    """
    repeated = symbols.size > 2 * side.embedding.num_embeddings
    if not repeated or side.dropout.drops or side.embedding.has_hooks:
        return side.recurrent(side.dropout(side.embedding(symbols)), states, lengths)
    return side.recurrent(symbols, states, lengths, table=side.embedding.weight)
