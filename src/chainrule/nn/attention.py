"""Attention with several heads."""

from typing import Any, NamedTuple

import numpy as np

from chainrule import ops
from chainrule.autodiff import Tensor
from chainrule.nn import init
from chainrule.nn.checks import check_batch_first, check_probability, check_shape, check_sizes
from chainrule.nn.functional import dropout_mask
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.nn.positions import RotaryPositions
from chainrule.random import Generator


class KeyValues(NamedTuple):
    """What attention compares queries with and averages, made once and kept while sequences grow.

    Attributes
    ----------
    keys, values : Tensor or Array, shape (..., heads, S, E / heads)
        Of S places.
    """

    keys: Any
    values: Any


_BLOCKED = -1e30  # what a score becomes that must not count, where other scores have numbers added


class MultiHeadAttention(Module):
    """Attention with several heads (A. Vaswani et al., 2017, arXiv 1706.03762), as PyTorch's ``MultiheadAttention``.

    Parameters
    ----------
    embed_dim : int
        The width E of queries, keys, values and results.
    num_heads : int
        How many heads there are; E is divided among them.
    dropout : float, default 0
        The probability that a weight is set to zero, in [0, 1); masks are drawn from the ambient generator.
    bias : bool, default True
        Whether the projections have biases, which begin with zeros.
    batch_first : bool, default True
        Only True is accepted: the batch comes first.
    rotary : RotaryPositions, optional
        Turns queries and keys by their places.
    generator : Generator, optional
        Draws the initial weights; the ambient one by default.

    Raises
    ------
    ValueError
        If a setting is out of range, or E is not divisible by the number of heads.
    """

    embed_dim: int
    num_heads: int
    dropout: float
    rotary: RotaryPositions | None
    in_proj_weight: Parameter  # (3 E, E): for queries, keys and values
    in_proj_bias: Parameter | None  # (3 E,)
    out_proj: Linear

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        batch_first: bool = True,
        *,
        rotary: RotaryPositions | None = None,
        generator: Generator | None = None,
    ):
        name = type(self).__name__
        check_sizes(name, embed_dim=embed_dim, num_heads=num_heads)
        check_batch_first(name, batch_first)
        check_probability(name, dropout)
        if embed_dim % num_heads:
            raise ValueError(f"{name} cannot divide a width of {embed_dim} among {num_heads} heads")
        self.embed_dim, self.num_heads, self.dropout, self.rotary = embed_dim, num_heads, dropout, rotary
        self.in_proj_weight = Parameter(np.empty((3 * embed_dim, embed_dim), np.float32))
        self.in_proj_bias = Parameter(np.empty(3 * embed_dim, np.float32)) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, generator=generator)
        self.reset_parameters(generator=generator)

    def reset_parameters(self, *, generator: Generator | None = None) -> None:
        """Draw the initial weights again.

        Parameters
        ----------
        generator : Generator, optional
            The source; the ambient one by default.
        """
        init.xavier_uniform_(self.in_proj_weight, generator=generator)
        self.out_proj.reset_parameters(generator=generator)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """Look values up.

        Parameters
        ----------
        query : Tensor or Array, shape (N, T, E)
            What is looked for.
        key, value : Tensor or Array, shape (N, S, E)
            What it is compared with, and what is averaged.
        key_padding_mask : Array, shape (N, S), optional
            Truth values: True where a key is padding and does not count. Numbers: added to the scores.
        need_weights : bool, default True
            Whether the weights are returned, which costs time and memory.
        attn_mask : Array, shape (T, S) or (N * heads, T, S), optional
            Truth values: True where a query must not look. Numbers: added to the scores.
        average_attn_weights : bool, default True
            Whether weights are averaged over the heads.
        is_causal : bool, default False
            Whether a query sees only the keys up to its own place.

        Returns
        -------
        output : Tensor, shape (N, T, E)
            The averages; the output bias for a query that may see no key.
        weights : Tensor or None
            Shape (N, T, S), or (N, heads, T, S) if not averaged.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        check_shape(self, "query", query, ("N", "T", self.embed_dim))
        check_shape(self, "key", key, (query.shape[0], "S", self.embed_dim))
        check_shape(self, "value", value, key.shape)
        queries, keys, values = (self._heads(x) for x in self._projected(query, key, value))  # (N, heads, T or S, d)
        queries, keys = self._turned(queries), self._turned(keys)
        shape = (query.shape[0], self.num_heads, query.shape[1], key.shape[1])
        options = {
            "attn_mask": self._mask(key_padding_mask, attn_mask, shape),
            "dropout_mask": dropout_mask(shape, self.dropout, like=queries) if self.training and self.dropout else None,
            "is_causal": is_causal,
        }
        if not need_weights:
            return self._joined(ops.scaled_dot_product_attention(queries, keys, values, **options)), None
        # The average of unit vectors is the weights themselves.
        units = ops.asarray(np.eye(key.shape[1]), dtype=queries.dtype)
        weights = ops.scaled_dot_product_attention(queries, keys, units, **options)  # (N, heads, T, S)
        output = self._joined(ops.matmul(weights, values))
        return output, ops.mean(weights, axis=1) if average_attn_weights else weights

    def known(self, memory: Any) -> KeyValues:
        """Prepare a memory for `look_up`.

        Parameters
        ----------
        memory : Tensor or Array, shape (N, S, E)
            What queries will be compared with, and what is averaged.

        Returns
        -------
        KeyValues
            Its keys and values, each (N, heads, S, E / heads).
        """
        check_shape(self, "memory", memory, ("N", "S", self.embed_dim))
        _, key, value = self._roles()
        return KeyValues(self._turned(self._heads(ops.linear(memory, *key))), self._heads(ops.linear(memory, *value)))

    def look_up(self, query: Any, known: KeyValues, visible: Any = None) -> Any:
        """Look values up in a memory that is prepared.

        Parameters
        ----------
        query : Tensor or Array, shape (N, T, E)
            What is looked for.
        known : KeyValues
            The memory, as `known` prepares it.
        visible : Array of bool, optional
            Broadcast to (N, heads, T, S): which keys a query may see.

        Returns
        -------
        Tensor, shape (N, T, E)
            The averages.
        """
        queries = self._turned(self._heads(ops.linear(query, *self.query_projection())))
        return self._joined(ops.scaled_dot_product_attention(queries, *known, visible))

    def extend(self, x: Any, known: KeyValues | None, places: Any = None, visible: Any = None) -> tuple[Any, KeyValues]:
        """Let sequences grow: the new places look at themselves, at each other's past, and at all places before.

        Parameters
        ----------
        x : Tensor or Array, shape (..., T, E)
            The new places.
        known : KeyValues or None
            Of the S places before, each (..., heads, S, E / heads); None at the beginning.
        places : Array of int, optional
            Where the new ones stand, broadcast to (..., heads, T), for rotary positions; S, S + 1, ... by default.
        visible : Array of bool, optional
            Broadcast to (..., heads, T, S + T): which keys a query may see, besides the causal order.

        Returns
        -------
        output : Tensor, shape (..., T, E)
            The averages.
        known : KeyValues
            Of all S + T places.
        """
        queries, keys, values = (self._heads(part) for part in self._projected(x, x, x))  # (..., heads, T, d)
        before = 0 if known is None else known.keys.shape[-2]
        count = x.shape[-2]
        if places is None and before:
            places = np.arange(before, before + count)
        queries, keys = self._turned(queries, places), self._turned(keys, places)
        if known is not None and count == 1:
            attended, keys, values = ops.attention_step(queries, keys, values, *known, visible)
            return self._joined(attended), KeyValues(keys, values)
        if known is not None:
            keys, values = (ops.concatenate([old, new], axis=-2) for old, new in zip(known, (keys, values)))
        if before and count > 1:
            past = np.tri(count, before + count, before, dtype=bool)
            visible = past if visible is None else visible & past
        attended = ops.scaled_dot_product_attention(queries, keys, values, visible, is_causal=not before and count > 1)
        return self._joined(attended), KeyValues(keys, values)

    def query_projection(self) -> tuple[Any, Any]:
        """Name the projection of queries, as `look_up` uses it.

        Returns
        -------
        weight : Tensor, shape (E, E)
            The first part of ``in_proj_weight``.
        bias : Tensor or None
            The first part of ``in_proj_bias``, shape (E,).
        """
        return self._roles()[0]

    def _roles(self) -> list[tuple[Any, Any]]:
        """Weight and bias of the projections of queries, keys and values."""
        weights = ops.split(self.in_proj_weight, self.embed_dim)
        biases = (None,) * 3 if self.in_proj_bias is None else ops.split(self.in_proj_bias, self.embed_dim)
        return list(zip(weights, biases))

    def _projected(self, query: Any, key: Any, value: Any) -> Any:
        """Queries, keys and values, each (..., T or S, E)."""
        if query is key is value:
            return ops.split(ops.linear(query, self.in_proj_weight, self.in_proj_bias), self.embed_dim, axis=-1)
        return [ops.linear(x, *role) for x, role in zip((query, key, value), self._roles())]

    def _turned(self, x: Any, places: Any = None) -> Any:
        """With rotary positions, if there are any."""
        return x if self.rotary is None else self.rotary(x, places)

    def _heads(self, x: Any) -> Any:
        """(..., T, E) to (..., heads, T, E / heads)."""
        *leading, length, width = x.shape
        return ops.swapaxes(ops.reshape(x, (*leading, length, self.num_heads, width // self.num_heads)), -3, -2)

    def _joined(self, x: Any) -> Any:
        """(..., heads, T, E / heads) to the result (..., T, E)."""
        *leading, heads, length, width = x.shape
        return self.out_proj(ops.reshape(ops.swapaxes(x, -3, -2), (*leading, length, heads * width)))

    def _mask(self, padding: Any, attention: Any, shape: tuple[int, int, int, int]) -> Any:
        """Both masks as one that broadcasts to (N, heads, T, S): True where a query may look, or what to add."""
        count, heads, queries, keys = shape
        masks = []
        if padding is not None:
            check_shape(self, "key_padding_mask", padding, (count, keys))
            masks.append(ops.reshape(padding, (count, 1, 1, keys)))
        if attention is not None:
            of_all = len(attention.shape) == 2
            check_shape(self, "attn_mask", attention, (queries, keys) if of_all else (count * heads, queries, keys))
            masks.append(attention if of_all else ops.reshape(attention, shape))
        if any(mask.dtype.kind != "b" for mask in masks):
            masks = [_as_numbers(mask, self.in_proj_weight.dtype) for mask in masks]
            return masks[0] if len(masks) == 1 else ops.add(*masks)
        masks = [~(mask.constant() if isinstance(mask, Tensor) else mask) for mask in masks]
        if len(masks) < 2:
            return masks[0] if masks else None
        return masks[0] & masks[1]

    def extra_repr(self) -> str:
        """Describe the settings."""
        dropout = f", dropout={self.dropout}" if self.dropout else ""
        return f"{self.embed_dim}, num_heads={self.num_heads}{dropout}"


def _as_numbers(mask: Any, dtype: Any) -> Any:
    """What a mask adds to the scores."""
    return ops.where(mask, _BLOCKED, ops.zeros(mask.shape, dtype=dtype)) if mask.dtype.kind == "b" else mask
