"""Transformer layers, with PyTorch's arguments and weight names and the batch first."""

from collections.abc import Callable
from typing import Any

from chainrule import ops
from chainrule.nn import functional
from chainrule.nn.attention import KeyValues, MultiHeadAttention
from chainrule.nn.checks import check_batch_first, check_probability
from chainrule.nn.dropout import Dropout
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.nn.normalization import LayerNorm
from chainrule.nn.positions import RotaryPositions
from chainrule.random import Generator

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
}


class _Layer(Module):
    """What both kinds of layer have: self-attention, a feed-forward part, and the order of norms and sums."""

    self_attn: MultiHeadAttention
    linear1: Linear
    dropout: Dropout
    linear2: Linear
    norm1: LayerNorm
    norm2: LayerNorm
    dropout1: Dropout
    dropout2: Dropout
    norm_first: bool

    def _set_up(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int,
        dropout: float,
        activation: str | Callable[[Any], Any],
        layer_norm_eps: float,
        batch_first: bool,
        norm_first: bool,
        bias: bool,
        attention_dropout: float | None,
        activation_dropout: float | None,
        rotary: RotaryPositions | None,
        generator: Generator | None,
        across: bool,
    ) -> None:
        """Make the parts, in PyTorch's order; `across` adds attention to a memory."""
        name = type(self).__name__
        check_batch_first(name, batch_first)
        check_probability(name, dropout)
        if isinstance(activation, str) and activation not in ACTIVATIONS:
            raise ValueError(f"{name} expected activation from {', '.join(ACTIVATIONS)}, but got {activation!r}")
        of_weights = dropout if attention_dropout is None else attention_dropout
        options: dict[str, Any] = {"dropout": of_weights, "bias": bias, "generator": generator}
        self.self_attn = MultiHeadAttention(d_model, nhead, rotary=rotary, **options)
        if across:
            self.multihead_attn = MultiHeadAttention(d_model, nhead, **options)
        self.linear1 = Linear(d_model, dim_feedforward, bias, generator=generator)
        self.dropout = Dropout(dropout if activation_dropout is None else activation_dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, generator=generator)
        for number in range(1, 4 if across else 3):
            setattr(self, f"norm{number}", LayerNorm(d_model, layer_norm_eps, bias=bias))
            setattr(self, f"dropout{number}", Dropout(dropout))
        self.activation, self.norm_first = activation, norm_first

    def _feed_forward(self, x: Any) -> Any:
        activation = ACTIVATIONS[self.activation] if isinstance(self.activation, str) else self.activation
        return self.linear2(self.dropout(activation(self.linear1(x))))

    def _before(self, norm: LayerNorm, x: Any) -> Any:
        """What a part of the layer reads."""
        return norm(x) if self.norm_first else x

    def _after(self, norm: LayerNorm, x: Any, change: Any) -> Any:
        """The sum of what came in and what a part made of it."""
        total = x + change
        return total if self.norm_first else norm(total)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"activation={self.activation!r}, norm_first={self.norm_first}"


class TransformerEncoderLayer(_Layer):
    """Self-attention, then a feed-forward network (A. Vaswani et al., 2017), as PyTorch's layer of that name.

    Parameters
    ----------
    d_model : int
        The width E of inputs and results.
    nhead : int
        How many heads attention has.
    dim_feedforward : int, default 2048
        The width of the feed-forward network's hidden layer.
    dropout : float, default 0.1
        The probability of a zero in the results of both parts, and by default inside them.
    activation : {"relu", "gelu", "gelu_tanh"} or callable, default "relu"
        Of the hidden layer.
    layer_norm_eps : float, default 1e-5
        As in `LayerNorm`.
    batch_first : bool, default True
        Only True is accepted: the batch comes first.
    norm_first : bool, default False
        Normalise what a part reads (R. Xiong et al., 2020), instead of the sum with its result.
    bias : bool, default True
        Whether linear maps and norms have biases.
    attention_dropout, activation_dropout : float, optional
        The probability that a weight of attention, or a feature of the hidden layer, is set to zero; `dropout` by
        default.
    rotary : RotaryPositions, optional
        Turns queries and keys by their places.
    generator : Generator, optional
        Draws the initial weights; the ambient one by default.

    Raises
    ------
    ValueError
        If a setting is out of range.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = True,
        norm_first: bool = False,
        bias: bool = True,
        *,
        attention_dropout: float | None = None,
        activation_dropout: float | None = None,
        rotary: RotaryPositions | None = None,
        generator: Generator | None = None,
    ):
        settings = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        self._set_up(*settings, attention_dropout, activation_dropout, rotary, generator, across=False)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """Read sequences.

        Parameters
        ----------
        src : Tensor or Array, shape (N, T, E)
            The sequences.
        src_mask : Array, shape (T, T) or (N * heads, T, T), optional
            Truth values: True where a place must not look. Numbers: added to the scores.
        src_key_padding_mask : Array, shape (N, T), optional
            Truth values: True at padding, which nothing looks at. Numbers: added to the scores.
        is_causal : bool, default False
            Whether a place sees only what stands before it, and itself.

        Returns
        -------
        Tensor, shape (N, T, E)
            The same places, changed by what they saw.
        """
        x = self._before(self.norm1, src)
        seen, _ = self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal)
        x = self._after(self.norm1, src, self.dropout1(seen))
        change = self._feed_forward(self._before(self.norm2, x))
        return self._after(self.norm2, x, self.dropout2(change))

    def extend(
        self, src: Any, known: KeyValues | None, places: Any = None, visible: Any = None
    ) -> tuple[Any, KeyValues]:
        """Read the next places of sequences, causally; see `MultiHeadAttention.extend`.

        Parameters
        ----------
        src : Tensor or Array, shape (..., T, E)
            The new places.
        known : KeyValues or None
            Of the places before.
        places : Array of int, optional
            Where the new ones stand, broadcast to (..., heads, T).
        visible : Array of bool, optional
            Broadcast to (..., heads, T, S + T).

        Returns
        -------
        output : Tensor, shape (..., T, E)
            The new places, changed by what they saw.
        known : KeyValues
            Of all places.
        """
        seen, known = self.self_attn.extend(self._before(self.norm1, src), known, places, visible)
        x = self._after(self.norm1, src, self.dropout1(seen))
        change = self._feed_forward(self._before(self.norm2, x))
        return self._after(self.norm2, x, self.dropout2(change)), known


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to a memory, a feed-forward network (A. Vaswani et al., 2017), as PyTorch's layer.

    Parameters
    ----------
    d_model : int
        The width E of inputs, memory and results.
    nhead : int
        How many heads attention has.
    dim_feedforward : int, default 2048
        The width of the feed-forward network's hidden layer.
    dropout : float, default 0.1
        The probability of a zero in the results of all parts, and by default inside them.
    activation : {"relu", "gelu", "gelu_tanh"} or callable, default "relu"
        Of the hidden layer.
    layer_norm_eps : float, default 1e-5
        As in `LayerNorm`.
    batch_first : bool, default True
        Only True is accepted: the batch comes first.
    norm_first : bool, default False
        Normalise what a part reads (R. Xiong et al., 2020), instead of the sum with its result.
    bias : bool, default True
        Whether linear maps and norms have biases.
    attention_dropout, activation_dropout : float, optional
        The probability that a weight of attention, or a feature of the hidden layer, is set to zero; `dropout` by
        default.
    rotary : RotaryPositions, optional
        Turns queries and keys of self-attention by their places.
    generator : Generator, optional
        Draws the initial weights; the ambient one by default.

    Raises
    ------
    ValueError
        If a setting is out of range.
    """

    multihead_attn: MultiHeadAttention
    norm3: LayerNorm
    dropout3: Dropout

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = True,
        norm_first: bool = False,
        bias: bool = True,
        *,
        attention_dropout: float | None = None,
        activation_dropout: float | None = None,
        rotary: RotaryPositions | None = None,
        generator: Generator | None = None,
    ):
        settings = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        self._set_up(*settings, attention_dropout, activation_dropout, rotary, generator, across=True)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """Read target sequences beside a memory.

        Parameters
        ----------
        tgt : Tensor or Array, shape (N, T, E)
            The targets.
        memory : Tensor or Array, shape (N, S, E)
            What an encoder made of the sources.
        tgt_mask : Array, shape (T, T) or (N * heads, T, T), optional
            Truth values: True where a place must not look. Numbers: added to the scores.
        memory_mask : Array, shape (T, S) or (N * heads, T, S), optional
            The same for the memory.
        tgt_key_padding_mask : Array, shape (N, T), optional
            Truth values: True at padding, which nothing looks at. Numbers: added to the scores.
        memory_key_padding_mask : Array, shape (N, S), optional
            The same for the memory.
        tgt_is_causal, memory_is_causal : bool, default False
            Whether a place sees only what stands before it, and the place of its own number.

        Returns
        -------
        Tensor, shape (N, T, E)
            The same places, changed by what they saw.
        """
        x = self._before(self.norm1, tgt)
        seen, _ = self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal)
        x = self._after(self.norm1, tgt, self.dropout1(seen))
        found, _ = self.multihead_attn(
            self._before(self.norm2, x), memory, memory, memory_key_padding_mask, False, memory_mask,
            is_causal=memory_is_causal,
        )  # fmt: skip
        x = self._after(self.norm2, x, self.dropout2(found))
        change = self._feed_forward(self._before(self.norm3, x))
        return self._after(self.norm3, x, self.dropout3(change))

    def extend(
        self, tgt: Any, known: KeyValues | None, memory: KeyValues, memory_visible: Any = None
    ) -> tuple[Any, KeyValues]:
        """Read the next place of W sequences beside each of N memories.

        Parameters
        ----------
        tgt : Tensor or Array, shape (N, W, E)
            The new place of each.
        known : KeyValues or None
            Of the places before, each (N, W, heads, S, E / heads).
        memory : KeyValues
            The memory, as ``multihead_attn.known`` prepares it.
        memory_visible : Array of bool, optional
            Broadcast to (N, heads, W, S): what of the memory counts.

        Returns
        -------
        output : Tensor, shape (N, W, E)
            The new places, changed by what they saw.
        known : KeyValues
            Of all places.
        """
        alone = ops.expand_dims(self._before(self.norm1, tgt), -2)  # (N, W, 1, E)
        seen, known = self.self_attn.extend(alone, known)
        x = self._after(self.norm1, tgt, self.dropout1(ops.squeeze(seen, -2)))
        # The hypotheses of a source look at one memory, as the places of one target do.
        found = self.multihead_attn.look_up(self._before(self.norm2, x), memory, memory_visible)
        x = self._after(self.norm2, x, self.dropout2(found))
        change = self._feed_forward(self._before(self.norm3, x))
        return self._after(self.norm3, x, self.dropout3(change)), known
