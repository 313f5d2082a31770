"""The recurrent decoder with attention."""

from typing import Any, NamedTuple

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.models.attention import ATTENTIONS, Attention
from chainrule.models.encoder import RECURRENT, Encoded
from chainrule.random import Generator


class Memory(NamedTuple):
    """What a decoder keeps of N sources, the same for all hypotheses and steps."""

    states: Tensor  # (N, S, M)
    keys: Tensor  # (N, S, Q)
    mask: Any  # (N, S)


class Decoder(nn.Module):
    """States to symbols: recurrent layers that look back at the source before they name each symbol.

    The attention does not feed back into the layers (T. Luong et al., 2015, the global model without input feeding),
    so that in training the whole target goes through in one call.

    Parameters
    ----------
    vocabulary : int
        How many symbols there are.
    embedding_size : int
        The width of their embeddings.
    hidden_size : int
        The width H of a layer.
    memory_size : int
        The width M of the encoder's states.
    layers : int, default 1
        How many layers.
    cell : {"lstm", "gru"}, default "lstm"
        The kind of layer.
    attention : {"dot", "general", "additive"}, default "dot"
        How places of the source are scored.
    dropout : float, default 0
        Of the embeddings, between the layers and before the output.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(
        self,
        vocabulary: int,
        embedding_size: int,
        hidden_size: int,
        memory_size: int,
        layers: int = 1,
        cell: str = "lstm",
        attention: str = "dot",
        dropout: float = 0.0,
        *,
        generator: Generator | None = None,
    ):
        super().__init__()
        self.layers, self.hidden_size = layers, hidden_size
        self.embedding = nn.Embedding(vocabulary, embedding_size, generator=generator)
        self.recurrent = RECURRENT[cell](
            embedding_size,
            hidden_size,
            num_layers=layers,
            dropout=dropout if layers > 1 else 0.0,
            generator=generator,
        )
        self.bridge = nn.Linear(memory_size, layers * hidden_size, generator=generator)
        self.attention: Attention = ATTENTIONS[attention](hidden_size, memory_size, generator=generator)
        self.combine = nn.Linear(memory_size + hidden_size, hidden_size, generator=generator)
        self.output = nn.Linear(hidden_size, vocabulary, generator=generator)
        self.dropout = nn.Dropout(dropout)
        self.has_cell_state = cell == "lstm"

    def start(self, encoded: Encoded) -> tuple[Memory, Tensor]:
        """Prepare to decode.

        Parameters
        ----------
        encoded : Encoded
            What the encoder made of N sources.

        Returns
        -------
        memory : Memory
            What stays the same.
        hidden : Tensor, shape (N, layers, H)
            The layers' first hidden state; a cell state begins with zeros.
        """
        hidden = ops.tanh(self.bridge(encoded.summary))
        hidden = ops.reshape(hidden, (hidden.shape[0], self.layers, self.hidden_size))
        return Memory(encoded.states, self.attention.prepare(encoded.states), encoded.mask), hidden

    def first_state(self, hidden: Tensor) -> Any:
        """The state of the recurrent layers, (N, layers, H) or a pair of that, before the first symbol."""
        return (hidden, ops.zeros_like(hidden)) if self.has_cell_state else hidden

    def forward(self, target: Any, memory: Memory, state: Any, lengths: Any = None) -> tuple[Tensor, Any]:
        """Read target symbols and score the next one at each place.

        Parameters
        ----------
        target : Array of int, shape (N, T)
            The symbols so far, from the one that marks the beginning.
        memory : Memory
            Of the same N sources.
        state : tree of Tensor
            The layers' state before these symbols.
        lengths : Array of int, shape (N,), optional
            How many symbols each target has; scores beyond mean nothing.

        Returns
        -------
        logits : Tensor, shape (N, T, vocabulary)
            Unnormalised log-probabilities.
        state : tree of Tensor
            The layers' state after these symbols.
        """
        embedded = self.dropout(self.embedding(target))
        outputs, state = self._run_layers(embedded, state, lengths)
        return self.output(self._look_back(outputs, memory)), state

    def _run_layers(self, embedded: Tensor, state: Any, lengths: Any = None) -> tuple[Tensor, Any]:
        """The recurrent layers, with the batch first in their state: outputs (N, T, H) and the new state."""
        layers_first = tuple(ops.swapaxes(part, 0, 1) for part in (state if self.has_cell_state else (state,)))
        outputs, after = self.recurrent(
            embedded, layers_first if self.has_cell_state else layers_first[0], lengths=lengths
        )
        if self.has_cell_state:
            return outputs, tuple(ops.swapaxes(part, 0, 1) for part in after)
        return outputs, ops.swapaxes(after, 0, 1)

    def _look_back(self, outputs: Tensor, memory: Memory) -> Tensor:
        """Outputs (N, T, H) together with what attention finds for them: (N, T, H)."""
        context, _ = self.attention(outputs, memory.keys, memory.states, memory.mask)
        return self.dropout(ops.tanh(self.combine(ops.concatenate([context, outputs], axis=-1))))

    def step(self, tokens: Any, memory: Memory, state: Any) -> tuple[Tensor, Any]:
        """One step of a search, for W hypotheses of each of N sources.

        Parameters
        ----------
        tokens : Array of int, shape (N, W)
            The last symbol of each.
        memory : Memory
            Of the N sources.
        state : tree of Tensor
            Parts (N, W, layers, H).

        Returns
        -------
        log_probabilities : Tensor, shape (N, W, vocabulary)
            Of the next symbol.
        state : tree of Tensor
            Parts (N, W, layers, H).
        """
        count, width = tokens.shape
        flat = _reshaped(state, (count * width, self.layers, self.hidden_size))
        embedded = self.embedding(ops.reshape(tokens, (count * width, 1)))
        outputs, flat = self._run_layers(embedded, flat)
        # The hypotheses of a source look at one memory, as the places of one target do.
        outputs = self._look_back(ops.reshape(outputs, (count, width, self.hidden_size)), memory)
        return ops.log_softmax(self.output(outputs)), _reshaped(flat, (count, width, self.layers, self.hidden_size))


def _reshaped(state: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(state, tuple):
        return tuple(ops.reshape(part, shape) for part in state)
    return ops.reshape(state, shape)
