"""Recurrent layers for a single step, for decoders of one's own."""

import math
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.backend import namespace
from chainrule.nn import init
from chainrule.nn.checks import check_shape, check_sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.random import Generator


class _Cell(Module):
    """Weights, biases and the state's first value."""

    input_size: int
    hidden_size: int
    weight_ih: Parameter  # (G H, D)
    weight_hh: Parameter  # (G H, H)
    bias_ih: Parameter | None  # (G H,)
    bias_hh: Parameter | None  # (G H,)

    _gates: int  # G

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, generator: Generator | None = None):
        check_sizes(type(self).__name__, input_size=input_size, hidden_size=hidden_size)
        self.input_size, self.hidden_size = input_size, hidden_size
        rows = self._gates * hidden_size
        self.weight_ih = Parameter(np.empty((rows, input_size), np.float32))
        self.weight_hh = Parameter(np.empty((rows, hidden_size), np.float32))
        self.bias_ih = Parameter(np.empty(rows, np.float32)) if bias else None
        self.bias_hh = Parameter(np.empty(rows, np.float32)) if bias else None
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

    def _checked(self, input: Any, **states: Any) -> Any:
        """The input as a sequence of one step, (N, 1, D); and the states, zeros in place of None."""
        check_shape(self, "input", input, ("N", self.input_size))
        shape = (input.shape[0], self.hidden_size)
        for name, state in states.items():
            if state is not None:
                check_shape(self, name, state, shape)
        weight = self.weight_hh.constant()
        zeros = namespace(weight).zeros(shape, dtype=weight.dtype)
        return [ops.expand_dims(input, 1), *(zeros if state is None else state for state in states.values())]

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.input_size} -> {self.hidden_size}" + ("" if self.bias_ih is not None else ", bias=False")


class LSTMCell(_Cell):
    """One step of an `LSTM`.

    Parameters
    ----------
    input_size : int
        The width D of inputs.
    hidden_size : int
        The width H of the state.
    bias : bool, default True
        Whether there are biases.
    generator : Generator, optional
        Draws the initial weights, uniform within 1 / sqrt(H); the ambient one by default.

    Raises
    ------
    ValueError
        If a size is not a positive whole number.
    """

    _gates = 4

    def forward(self, input: Any, hx: tuple[Any, Any] | None = None) -> tuple[Any, Any]:
        """Take a step.

        Parameters
        ----------
        input : Tensor or Array, shape (N, D)
            The input.
        hx : tuple of two Tensors or Arrays, each of shape (N, H), optional
            Hidden and cell state before; zero by default.

        Returns
        -------
        tuple of two Tensors, each of shape (N, H)
            Hidden and cell state after.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        h, c = (None, None) if hx is None else hx
        x, h, c = self._checked(input, h=h, c=c)
        bias = None if self.bias_ih is None else ops.add(self.bias_ih, self.bias_hh)
        _, h, c = ops.lstm(x, h, c, self.weight_ih, self.weight_hh, bias)
        return h, c


class GRUCell(_Cell):
    """One step of a `GRU`.

    Parameters
    ----------
    input_size : int
        The width D of inputs.
    hidden_size : int
        The width H of the state.
    bias : bool, default True
        Whether there are biases.
    generator : Generator, optional
        Draws the initial weights, uniform within 1 / sqrt(H); the ambient one by default.

    Raises
    ------
    ValueError
        If a size is not a positive whole number.
    """

    _gates = 3

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Take a step.

        Parameters
        ----------
        input : Tensor or Array, shape (N, D)
            The input.
        hx : Tensor or Array, shape (N, H), optional
            The state before; zero by default.

        Returns
        -------
        Tensor, shape (N, H)
            The state after.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        x, h = self._checked(input, h=hx)
        _, h = ops.gru(x, h, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return h
