"""Recurrent layers over whole sequences, with PyTorch's parameters."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule import ops
from chainrule.autodiff import Tensor
from chainrule.backend import Array, namespace
from chainrule.nn import functional, init
from chainrule.nn.checks import check_batch_first, check_probability, check_shape, check_sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.random import Generator


class Weights(NamedTuple):
    """Those of one layer in one direction; None for what is not there."""

    input: Any  # (G H, D)
    state: Any  # (G H, H)
    input_bias: Any  # (G H,)
    state_bias: Any = None  # (G H,), where it has a place of its own


class _Recurrent(Module):
    """What the three have in common: layers, directions, lengths. A subclass runs one layer in one direction."""

    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    dropout: float
    bidirectional: bool
    # For layer k = 0, 1, ... and, where bidirectional, again with the suffix _reverse:
    # weight_ih_l{k}: Parameter  (G H, D), or (G H, directions H) above the first layer
    # weight_hh_l{k}: Parameter  (G H, H)
    # bias_ih_l{k}, bias_hh_l{k}: Parameter  (G H,)

    weight_ih_l0: Parameter

    _gates: int  # G
    _states: tuple[str, ...] = ("h_0",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        generator: Generator | None = None,
    ):
        name = type(self).__name__
        check_sizes(name, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        check_batch_first(name, batch_first)
        check_probability(name, dropout)
        if dropout and num_layers == 1:
            raise ValueError(f"{name} drops between layers, but got dropout={dropout} with one layer: use nn.Dropout")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.dropout, self.bidirectional = bias, dropout, bidirectional
        rows = self._gates * hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * self._directions
            for suffix in self._suffixes(layer):
                setattr(self, f"weight_ih_{suffix}", Parameter(np.empty((rows, width), np.float32)))
                setattr(self, f"weight_hh_{suffix}", Parameter(np.empty((rows, hidden_size), np.float32)))
                if bias:
                    setattr(self, f"bias_ih_{suffix}", Parameter(np.empty(rows, np.float32)))
                    setattr(self, f"bias_hh_{suffix}", Parameter(np.empty(rows, np.float32)))
        self.reset_parameters(generator=generator)

    def reset_parameters(self, *, generator: Generator | None = None) -> None:
        """Draw the initial weights again.

        Parameters
        ----------
        generator : Generator, optional
            The source; the ambient one by default.
        """
        limit = 1.0 / math.sqrt(self.hidden_size)
        for parameter in self.parameters(recurse=False):
            init.uniform_(parameter, -limit, limit, generator=generator)

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _suffixes(self, layer: int) -> list[str]:
        """What the names of a layer's parameters end with, for each direction."""
        return [f"l{layer}", f"l{layer}_reverse"][: self._directions]

    def layer_weights(self, layer: int, reverse: bool = False) -> Weights:
        """Return what one layer is computed with, in one direction.

        Parameters
        ----------
        layer : int
            Its number, from 0.
        reverse : bool, default False
            Whether it is the direction from the end to the beginning.

        Returns
        -------
        Weights
            Its matrices and biases; two biases that are always added are one.
        """
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        suffix = self._suffixes(layer)[reverse]
        return self._joined(*(getattr(self, f"{name}_{suffix}", None) for name in names))

    def _joined(self, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Weights:
        return Weights(w_ih, w_hh, None if b_ih is None else ops.add(b_ih, b_hh))  # PyTorch has two where one would do

    def _sequence(self, input: Any, states: Any, weights: Weights, lengths: Any, reverse: bool) -> tuple:
        """One layer in one direction: outputs (N, T, H) and the states after, each (N, H)."""
        raise NotImplementedError

    def _run(self, input: Any, states: Sequence[Any] | None, lengths: Any, table: Any) -> tuple[Any, tuple]:
        """All layers: outputs (N, T, directions * H) and the states after, each (layers * directions, N, H)."""
        if table is None:
            check_shape(self, "input", input, ("N", "T", self.input_size))
        else:
            check_shape(self, "input", input, ("N", "T"))
            check_shape(self, "table", table, ("V", self.input_size))
        lengths = self._checked_lengths(lengths, input.shape)
        starts = self._starts(states, input)
        ends: list[tuple] = []
        for layer in range(self.num_layers):
            if layer:
                input = functional.dropout(input, self.dropout, self.training)
            outputs = []
            for reverse in range(self._directions):
                given, weights = input, self.layer_weights(layer, bool(reverse))
                if table is not None and not layer:
                    given, weights = _looked_up(input, table, weights)
                output, *after = self._sequence(given, starts[len(ends)], weights, lengths, bool(reverse))
                outputs.append(output)
                ends.append(tuple(after))
            input = outputs[0] if len(outputs) == 1 else ops.concatenate(outputs, axis=-1)
        return input, tuple(ops.stack(parts) for parts in zip(*ends))

    def _starts(self, states: Sequence[Any] | None, input: Any) -> list[tuple]:
        """The states before the first step, for each layer and direction, each (N, H)."""
        places = self.num_layers * self._directions
        if states is None:
            weight = self.weight_ih_l0.constant()
            zeros = namespace(weight).zeros((input.shape[0], self.hidden_size), dtype=weight.dtype)
            return [(zeros,) * len(self._states)] * places
        if len(states) != len(self._states):
            raise ValueError(f"{self.title()} expected states {', '.join(self._states)}, but got {len(states)}")
        for name, state in zip(self._states, states):
            check_shape(self, name, state, (places, input.shape[0], self.hidden_size))
        return [tuple(state[place] for state in states) for place in range(places)]

    def _checked_lengths(self, lengths: Any, shape: tuple[int, ...]) -> Array | None:
        if lengths is None:
            return None
        plain = lengths.constant() if isinstance(lengths, Tensor) else lengths
        plain = np.asarray(plain) if isinstance(plain, (list, tuple)) else plain
        check_shape(self, "lengths", plain, (shape[0],))
        if plain.dtype.kind not in "iu":
            raise TypeError(f"{self.title()} expected whole numbers as lengths, but got {plain.dtype}")
        if isinstance(plain, np.ndarray):
            if plain.size and not (plain.min() >= 0 and plain.max() <= shape[1]):
                wrong = plain.min() if plain.min() < 0 else plain.max()
                raise ValueError(f"{self.title()} expected lengths from 0 to {shape[1]}, but got {wrong}")
            return plain.astype(np.int64, copy=False)
        return plain

    def extra_repr(self) -> str:
        """Describe the settings."""
        defaults = {"num_layers": 1, "bias": True, "dropout": 0.0, "bidirectional": False}
        changed = [
            f", {name}={getattr(self, name)}" for name, value in defaults.items() if getattr(self, name) != value
        ]
        return f"{self.input_size} -> {self.hidden_size}{''.join(changed)}"


def _looked_up(symbols: Any, table: Any, weights: Weights) -> tuple[Any, Weights]:
    """A layer's input by number, multiplied by its weights: once a row of the table, not once a place."""
    rows = ops.linear(table, weights.input, weights.input_bias)  # (V, G H)
    return ops.embedding(symbols, rows), weights._replace(input=None, input_bias=None)


class RNN(_Recurrent):
    """The simple recurrent layer (J. Elman, 1990): ``h = tanh(W_ih x + b_ih + W_hh h + b_hh)``.

    Parameters
    ----------
    input_size : int
        The width D of inputs.
    hidden_size : int
        The width H of the state.
    num_layers : int, default 1
        How many layers run one on top of the other.
    bias : bool, default True
        Whether there are biases.
    batch_first : bool, default True
        Only True is accepted: the batch comes first.
    dropout : float, default 0
        The probability of a zero between layers, in [0, 1); masks are drawn from the ambient generator.
    bidirectional : bool, default False
        Whether each layer also runs from the end to the beginning; its outputs stand side by side.
    generator : Generator, optional
        Draws the initial weights, uniform within 1 / sqrt(H); the ambient one by default.

    Raises
    ------
    ValueError
        If a setting is out of range.
    """

    _gates = 1

    def forward(self, input: Any, hx: Any = None, lengths: Any = None, table: Any = None) -> tuple[Any, Any]:
        """Read sequences.

        Parameters
        ----------
        input : Tensor or Array, shape (N, T, D)
            The sequences; what stands beyond a length does not matter. With a table, the numbers of its rows, (N, T).
        hx : Tensor or Array, shape (layers * directions, N, H), optional
            The states before the first step; zero by default.
        lengths : Array of int, shape (N,), optional
            How many steps each sequence has; T by default.
        table : Tensor or Array, shape (V, D), optional
            What the sequences are made of, such as embeddings: the first layer then multiplies each row once, instead
            of at each place where it stands.

        Returns
        -------
        output : Tensor, shape (N, T, directions * H)
            The last layer's state after each step; 0 beyond a length.
        h_n : Tensor, shape (layers * directions, N, H)
            Each layer's state after the last step of its direction.

        Raises
        ------
        ValueError
            If a shape does not fit, or a length is larger than T.
        """
        output, (h_n,) = self._run(input, None if hx is None else (hx,), lengths, table)
        return output, h_n

    def _sequence(self, input: Any, states: Any, weights: Weights, lengths: Any, reverse: bool) -> tuple:
        (h_0,) = states
        return ops.rnn(input, h_0, weights.input, weights.state, weights.input_bias, lengths, reverse)


class LSTM(_Recurrent):
    """Long short-term memory (S. Hochreiter and J. Schmidhuber, 1997; F. Gers et al., 2000).

    With (i, f, g, o) = ``W_ih x + b_ih + W_hh h + b_hh``: ``c = sigmoid(f) c + sigmoid(i) tanh(g)`` and
    ``h = sigmoid(o) tanh(c)``.

    Parameters
    ----------
    input_size : int
        The width D of inputs.
    hidden_size : int
        The width H of the state.
    num_layers : int, default 1
        How many layers run one on top of the other.
    bias : bool, default True
        Whether there are biases.
    batch_first : bool, default True
        Only True is accepted: the batch comes first.
    dropout : float, default 0
        The probability of a zero between layers, in [0, 1); masks are drawn from the ambient generator.
    bidirectional : bool, default False
        Whether each layer also runs from the end to the beginning; its outputs stand side by side.
    generator : Generator, optional
        Draws the initial weights, uniform within 1 / sqrt(H); the ambient one by default.

    Raises
    ------
    ValueError
        If a setting is out of range.
    """

    _gates = 4
    _states = ("h_0", "c_0")

    def forward(
        self, input: Any, hx: Any = None, lengths: Any = None, table: Any = None
    ) -> tuple[Any, tuple[Any, Any]]:
        """Read sequences.

        Parameters
        ----------
        input : Tensor or Array, shape (N, T, D)
            The sequences; what stands beyond a length does not matter. With a table, the numbers of its rows, (N, T).
        hx : tuple of two Tensors or Arrays, each of shape (layers * directions, N, H), optional
            The hidden and cell states before the first step; zero by default.
        lengths : Array of int, shape (N,), optional
            How many steps each sequence has; T by default.
        table : Tensor or Array, shape (V, D), optional
            What the sequences are made of, such as embeddings: the first layer then multiplies each row once, instead
            of at each place where it stands.

        Returns
        -------
        output : Tensor, shape (N, T, directions * H)
            The last layer's hidden state after each step; 0 beyond a length.
        states : tuple of two Tensors, each of shape (layers * directions, N, H)
            Each layer's hidden and cell states after the last step of its direction.

        Raises
        ------
        ValueError
            If a shape does not fit, or a length is larger than T.
        """
        output, (h_n, c_n) = self._run(input, hx, lengths, table)
        return output, (h_n, c_n)

    def _sequence(self, input: Any, states: Any, weights: Weights, lengths: Any, reverse: bool) -> tuple:
        h_0, c_0 = states
        return ops.lstm(input, h_0, c_0, weights.input, weights.state, weights.input_bias, lengths, reverse)


class GRU(_Recurrent):
    """The gated recurrent unit (K. Cho et al., 2014), as PyTorch has it.

    With ``r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)``, z likewise, ``n = tanh(W_in x + b_in + r * (W_hn h + b_hn))``:
    ``h = (1 - z) n + z h``.

    Parameters
    ----------
    input_size : int
        The width D of inputs.
    hidden_size : int
        The width H of the state.
    num_layers : int, default 1
        How many layers run one on top of the other.
    bias : bool, default True
        Whether there are biases.
    batch_first : bool, default True
        Only True is accepted: the batch comes first.
    dropout : float, default 0
        The probability of a zero between layers, in [0, 1); masks are drawn from the ambient generator.
    bidirectional : bool, default False
        Whether each layer also runs from the end to the beginning; its outputs stand side by side.
    generator : Generator, optional
        Draws the initial weights, uniform within 1 / sqrt(H); the ambient one by default.

    Raises
    ------
    ValueError
        If a setting is out of range.
    """

    _gates = 3

    def _joined(self, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Weights:
        return Weights(w_ih, w_hh, b_ih, b_hh)

    def forward(self, input: Any, hx: Any = None, lengths: Any = None, table: Any = None) -> tuple[Any, Any]:
        """Read sequences.

        Parameters
        ----------
        input : Tensor or Array, shape (N, T, D)
            The sequences; what stands beyond a length does not matter. With a table, the numbers of its rows, (N, T).
        hx : Tensor or Array, shape (layers * directions, N, H), optional
            The states before the first step; zero by default.
        lengths : Array of int, shape (N,), optional
            How many steps each sequence has; T by default.
        table : Tensor or Array, shape (V, D), optional
            What the sequences are made of, such as embeddings: the first layer then multiplies each row once, instead
            of at each place where it stands.

        Returns
        -------
        output : Tensor, shape (N, T, directions * H)
            The last layer's state after each step; 0 beyond a length.
        h_n : Tensor, shape (layers * directions, N, H)
            Each layer's state after the last step of its direction.

        Raises
        ------
        ValueError
            If a shape does not fit, or a length is larger than T.
        """
        output, (h_n,) = self._run(input, None if hx is None else (hx,), lengths, table)
        return output, h_n

    def _sequence(self, input: Any, states: Any, weights: Weights, lengths: Any, reverse: bool) -> tuple:
        (h_0,) = states
        return ops.gru(input, h_0, *weights, lengths, reverse)
