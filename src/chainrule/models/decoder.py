"""The recurrent decoder with attention."""

import math
from typing import Any, NamedTuple

from chainrule import nn, ops
from chainrule.autodiff import Tensor, is_recorded
from chainrule.autodiff.tree import leaves, tree_map
from chainrule.decoding.unwritten import Unwritten
from chainrule.models.attention import ATTENTIONS, Attention
from chainrule.models.copying import NEVER, Copier, Copies, readable
from chainrule.models.encoder import RECURRENT, Encoded, read_symbols
from chainrule.models.quick_search import QuickMemory, quick_memory, quick_step
from chainrule.random import Generator


class Memory(NamedTuple):
    """What a decoder keeps of N sources, the same for all hypotheses and steps."""

    states: Tensor  # (N, S, M)
    keys: Tensor  # (N, S, Q)
    mask: Any  # (N, S)
    copies: Copies | None  # of a decoder that copies
    quick: QuickMemory | None = None  # where a search can take a shorter way


class DecoderState(NamedTuple):
    """What a decoder keeps of what is written so far; in a search each part begins with (N, W)."""

    layers: Any  # (..., layers, H): the hidden state; of an LSTM a pair, with the cell state
    found: Tensor | None  # (..., H): with input feeding, what the last symbol was named from


class Decoder(nn.Module):
    """States to symbols: recurrent layers that look back at the source before they name each symbol.

    What they find, the attentional vector, feeds back into the layers or not (T. Luong et al., 2015, the global model
    with and without input feeding). Without, the whole target goes through in one call in training.

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
    input_feeding : bool, default False
        The layers read the last attentional vector beside the last symbol.
    copies : tuple of int, optional
        For a decoder that copies from the source, as `Copier` takes it; it has S more scores then, one for each place.
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
        input_feeding: bool = False,
        copies: tuple[int, ...] | None = None,
        *,
        generator: Generator | None = None,
    ):
        super().__init__()
        self.layers, self.hidden_size, self.input_feeding = layers, hidden_size, input_feeding
        self.embedding = nn.Embedding(vocabulary, embedding_size, generator=generator)
        self.recurrent = RECURRENT[cell](
            embedding_size + hidden_size * input_feeding,
            hidden_size,
            num_layers=layers,
            dropout=dropout if layers > 1 else 0.0,
            generator=generator,
        )
        self.bridge = nn.Linear(memory_size, layers * hidden_size, generator=generator)
        self.attention: Attention = ATTENTIONS[attention](hidden_size, memory_size, generator=generator)
        self.combine = nn.Linear(memory_size + hidden_size, hidden_size, generator=generator)
        self.output = nn.Linear(hidden_size, vocabulary, generator=generator)
        self.copier = None if copies is None else Copier(hidden_size, copies, generator=generator)
        self.dropout = nn.Dropout(dropout)
        self.has_cell_state = cell == "lstm"

    def start(self, encoded: Encoded, source: Any = None) -> tuple[Memory, Tensor]:
        """Prepare to decode.

        Parameters
        ----------
        encoded : Encoded
            What the encoder made of N sources.
        source : Array of int, shape (N, S), optional
            Their symbols, for a decoder that copies.

        Returns
        -------
        memory : Memory
            What stays the same.
        hidden : Tensor, shape (N, layers, H)
            The layers' first hidden state; a cell state begins with zeros.
        """
        hidden = ops.tanh(self.bridge(encoded.summary))
        hidden = ops.reshape(hidden, (hidden.shape[0], self.layers, self.hidden_size))
        copies = None if self.copier is None else self.copier.prepare(source, encoded.mask)
        return Memory(encoded.states, self.attention.prepare(encoded.states), encoded.mask, copies), hidden

    def start_search(self, encoded: Encoded, source: Any = None) -> tuple[Memory, DecoderState]:
        """Prepare a search, whose step is `step`.

        Parameters
        ----------
        encoded : Encoded
            What the encoder made of N sources.
        source : Array of int, shape (N, S), optional
            Their symbols, for a decoder that copies.

        Returns
        -------
        memory : Memory
            What stays the same; weights must not change while it is used.
        state : DecoderState
            Of one hypothesis each, (N, 1, ...).
        """
        memory, hidden = self.start(encoded, source)
        return memory._replace(quick=quick_memory(self, memory)), self.first_state(ops.expand_dims(hidden, 1))

    def first_state(self, hidden: Tensor) -> DecoderState:
        """The state before the first symbol, from the layers' first hidden state (..., layers, H)."""
        layers = (hidden, ops.zeros_like(hidden)) if self.has_cell_state else hidden
        return DecoderState(layers, ops.zeros_like(hidden[..., 0, :]) if self.input_feeding else None)

    def forward(self, target: Any, memory: Memory, state: DecoderState, lengths: Any = None) -> Tensor:
        """Read target symbols and score the next one at each place.

        Parameters
        ----------
        target : Array of int, shape (N, T)
            The symbols so far, from the one that marks the beginning.
        memory : Memory
            Of the same N sources.
        state : DecoderState
            The state before these symbols.
        lengths : Array of int, shape (N,), optional
            How many symbols each target has; scores beyond mean nothing.

        Returns
        -------
        Tensor, shape (N, T, vocabulary) or (N, T, vocabulary + S)
            Unnormalised log-probabilities.
        """
        if self.input_feeding:
            return self._scores(*self._read_in_steps(self.dropout(self._embedded(target)), memory, state), memory)
        layers_first = tree_map(lambda part: ops.swapaxes(part, 0, 1), state.layers)
        outputs, _ = read_symbols(self, self._readable(target), layers_first, lengths)
        return self._scores(*self._look_back(outputs, memory), memory)

    def step(self, tokens: Any, memory: Memory, state: DecoderState) -> tuple[Any, DecoderState]:
        """One step of a search, for W hypotheses of each of N sources.

        Parameters
        ----------
        tokens : Array of int, shape (N, W)
            The last symbol of each.
        memory : Memory
            Of the N sources.
        state : DecoderState
            Of each hypothesis.

        Returns
        -------
        log_probabilities : Tensor or Unwritten, shape (N, W, vocabulary) or (N, W, vocabulary + S)
            Of the next symbol.
        state : DecoderState
            After these symbols.
        """
        if memory.quick is not None and not is_recorded(*leaves(state)):
            found, weights, layers = quick_step(self, self._readable(tokens), memory, state.layers)
            state = DecoderState(layers, None)
            if memory.quick.output.value is not None:
                return Unwritten(found.constant(), memory.quick.output.value), state
        else:
            found, weights, state = self._advance(self._embedded(tokens), memory, state)
        return ops.log_softmax(self._scores(found, weights, memory, -math.inf)), state

    def _embedded(self, symbols: Any) -> Tensor:
        """Symbols of the target (...) as vectors (..., E)."""
        return self.embedding(self._readable(symbols))

    def _readable(self, symbols: Any) -> Any:
        """Symbols, those copied from beyond the vocabulary as unknown ones."""
        return symbols if self.copier is None else readable(symbols, self.embedding.num_embeddings)

    def _read_in_steps(self, embedded: Tensor, memory: Memory, state: DecoderState) -> tuple[Tensor, Tensor]:
        """Targets (N, T, E) where each step needs what the one before has found: as `_look_back`."""
        state = tree_map(lambda part: ops.expand_dims(part, 1), state)
        steps = []
        for place in range(embedded.shape[1]):
            found, weights, state = self._advance(embedded[:, place : place + 1], memory, state)
            steps.append((found, weights))
        found, weights = (ops.concatenate(parts, axis=1) for parts in zip(*steps))
        return found, weights

    def _advance(self, embedded: Tensor, memory: Memory, state: DecoderState) -> tuple[Tensor, Tensor, DecoderState]:
        """One symbol (N, W, E) for W hypotheses of each source: as `_look_back`, and the state after."""
        if self.input_feeding:
            embedded = ops.concatenate([embedded, state.found], axis=-1)
        count, width, size = embedded.shape
        layers = tree_map(lambda part: ops.reshape(part, (count * width, *part.shape[2:])), state.layers)
        outputs, layers = self._run_layers(ops.reshape(embedded, (count * width, 1, size)), layers)
        # The hypotheses of a source look at one memory, as the places of one target do.
        found, weights = self._look_back(ops.reshape(outputs, (count, width, self.hidden_size)), memory)
        layers = tree_map(lambda part: ops.reshape(part, (count, width, *part.shape[1:])), layers)
        return found, weights, DecoderState(layers, found if self.input_feeding else None)

    def _run_layers(self, embedded: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The recurrent layers, with the batch first in their state: outputs (N, T, H) and the new state."""
        layers_first = tree_map(lambda part: ops.swapaxes(part, 0, 1), state)
        outputs, after = self.recurrent(embedded, layers_first)
        return outputs, tree_map(lambda part: ops.swapaxes(part, 0, 1), after)

    def _look_back(self, outputs: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """What attention finds for outputs (N, T, H), together with them: (N, T, H); and where it looked, (N, T, S)."""
        context, weights = self.attention(outputs, memory.keys, memory.states, memory.mask)
        joined = ops.tanh(self.combine(ops.concatenate([context, outputs], axis=-1)))
        return self.dropout(joined), weights

    def _scores(self, found: Tensor, weights: Tensor, memory: Memory, never: float = NEVER) -> Tensor:
        """Of each symbol, from what was found (N, T, H) and where (N, T, S): (N, T, vocabulary)."""
        logits = self.output(found)
        return logits if self.copier is None else self.copier(logits, found, weights, memory.copies, never)
