"""Recurrent layers as one `lax.scan` each way: a program whose size does not grow with the sequences."""

from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp

from chainrule.kernels.reference import recurrent as reference


def _by_step(x: jax.Array) -> jax.Array:
    """(N, T, ...) as (T, N, ...), and back."""
    return jnp.swapaxes(x, 0, 1)


def _inside(x: jax.Array, lengths: Any) -> jax.Array:
    """For each step a column of truth values (T, N, 1): is it inside the sequence?"""
    count, steps = x.shape[:2]
    lengths = jnp.full((count,), steps) if lengths is None else jnp.asarray(lengths)
    return jnp.arange(steps)[:, None, None] < lengths[None, :, None]


def _inputs(x: jax.Array, lengths: Any) -> jax.Array:
    """The inputs (T, N, D), with zeros for whatever stands beyond the lengths, be it NaN."""
    return _by_step(x) if lengths is None else jnp.where(_inside(x, lengths), _by_step(x), 0.0)


def _projected(inputs: jax.Array, w_ih: jax.Array | None, bias: jax.Array | None) -> jax.Array:
    """The input's part of the gates, for all steps at once: (T, N, gates); without weights it is what comes in."""
    gates = inputs if w_ih is None else inputs @ w_ih.T
    return gates if bias is None else gates + bias


def _to_input(gates: jax.Array, w_ih: jax.Array | None) -> jax.Array:
    """From the gradient of `_projected`, (T, N, gates), to that of the layer's input, (N, T, ...)."""
    return _by_step(gates if w_ih is None else gates @ w_ih)


def _weight_gradient(gates: jax.Array, inputs: jax.Array) -> jax.Array:
    return jnp.einsum("tng,tnd->gd", gates, inputs)


def _chosen(wanted: tuple[bool, ...], *gradients: Any) -> tuple:
    """The gradients that are wanted; XLA drops what makes the others."""
    return tuple(gradient if want else None for gradient, want in zip(gradients, wanted))


@wraps(reference.lstm)
def lstm(x, h0, c0, w_ih, w_hh, bias, lengths=None, reverse=False, save=True):
    def step(state: tuple, given: tuple) -> tuple:
        (h, c), (gates, inside) = state, given
        i, f, g, o = jnp.split(gates + h @ w_hh.T, 4, axis=-1)
        i, f, g, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)
        cell = f * c + i * g
        output = o * jnp.tanh(cell)
        after = jnp.where(inside, output, h), jnp.where(inside, cell, c)
        kept = (h, c, i, f, g, o, cell) if save else None
        return after, (jnp.where(inside, output, 0.0), kept)

    given = (_projected(_inputs(x, lengths), w_ih, bias), _inside(x, lengths))
    (h_n, c_n), (y, saved) = jax.lax.scan(step, (h0, c0), given, reverse=reverse)
    return _by_step(y), h_n, c_n, saved


@wraps(reference.lstm_backward)
def lstm_backward(dy, dh_n, dc_n, x, h0, c0, w_ih, w_hh, lengths, reverse, saved, wanted=(True,) * 6):
    def step(state: tuple, given: tuple) -> tuple:
        (dh, dc), (grad, inside, (_, c, i, f, g, o, cell)) = state, given
        tanh = jnp.tanh(cell)
        d_output = jnp.where(inside, grad + dh, 0.0)
        d_cell = jnp.where(inside, dc, 0.0) + d_output * o * (1.0 - tanh * tanh)
        parts = (
            d_cell * g * i * (1.0 - i),
            d_cell * c * f * (1.0 - f),
            d_cell * i * (1.0 - g * g),
            d_output * tanh * o * (1.0 - o),
        )
        gates = jnp.concatenate(parts, axis=-1)
        return (jnp.where(inside, gates @ w_hh, dh), jnp.where(inside, d_cell * f, dc)), gates

    given = (_by_step(dy), _inside(x, lengths), saved)
    (dh, dc), gates = jax.lax.scan(step, (dh_n, dc_n), given, reverse=not reverse)
    return _chosen(
        wanted,
        _to_input(gates, w_ih),
        dh,
        dc,
        _weight_gradient(gates, _inputs(x, lengths)),
        _weight_gradient(gates, saved[0]),
        gates.sum(axis=(0, 1)),
    )


@wraps(reference.gru)
def gru(x, h0, w_ih, w_hh, b_ih, b_hh, lengths=None, reverse=False, save=True):
    def step(h: jax.Array, given: tuple) -> tuple:
        gates, inside = given
        from_state = h @ w_hh.T if b_hh is None else h @ w_hh.T + b_hh
        (a_r, a_z, a_n), (b_r, b_z, b_n) = jnp.split(gates, 3, axis=-1), jnp.split(from_state, 3, axis=-1)
        r, z = jax.nn.sigmoid(a_r + b_r), jax.nn.sigmoid(a_z + b_z)
        n = jnp.tanh(a_n + r * b_n)
        output = (1.0 - z) * n + z * h
        return jnp.where(inside, output, h), (jnp.where(inside, output, 0.0), (h, r, z, n, b_n) if save else None)

    given = (_projected(_inputs(x, lengths), w_ih, b_ih), _inside(x, lengths))
    h_n, (y, saved) = jax.lax.scan(step, h0, given, reverse=reverse)
    return _by_step(y), h_n, saved


@wraps(reference.gru_backward)
def gru_backward(dy, dh_n, x, h0, w_ih, w_hh, b_hh, lengths, reverse, saved, wanted=(True,) * 6):
    def step(dh: jax.Array, given: tuple) -> tuple:
        grad, inside, (h, r, z, n, b_n) = given
        d_output = jnp.where(inside, grad + dh, 0.0)
        d_n = d_output * (1.0 - z) * (1.0 - n * n)
        d_z = d_output * (h - n) * z * (1.0 - z)
        d_r = d_n * b_n * r * (1.0 - r)
        on_input = jnp.concatenate([d_r, d_z, d_n], axis=-1)
        on_state = jnp.concatenate([d_r, d_z, d_n * r], axis=-1)
        return jnp.where(inside, d_output * z + on_state @ w_hh, dh), (on_input, on_state)

    given = (_by_step(dy), _inside(x, lengths), saved)
    dh, (on_input, on_state) = jax.lax.scan(step, dh_n, given, reverse=not reverse)
    return _chosen(
        wanted,
        _to_input(on_input, w_ih),
        dh,
        _weight_gradient(on_input, _inputs(x, lengths)),
        _weight_gradient(on_state, saved[0]),
        on_input.sum(axis=(0, 1)),
        on_state.sum(axis=(0, 1)),
    )


@wraps(reference.rnn)
def rnn(x, h0, w_ih, w_hh, bias, lengths=None, reverse=False, save=True):
    def step(h: jax.Array, given: tuple) -> tuple:
        gates, inside = given
        output = jnp.tanh(gates + h @ w_hh.T)
        return jnp.where(inside, output, h), (jnp.where(inside, output, 0.0), (h, output) if save else None)

    given = (_projected(_inputs(x, lengths), w_ih, bias), _inside(x, lengths))
    h_n, (y, saved) = jax.lax.scan(step, h0, given, reverse=reverse)
    return _by_step(y), h_n, saved


@wraps(reference.rnn_backward)
def rnn_backward(dy, dh_n, x, h0, w_ih, w_hh, lengths, reverse, saved, wanted=(True,) * 5):
    def step(dh: jax.Array, given: tuple) -> tuple:
        grad, inside, (_, output) = given
        gates = jnp.where(inside, grad + dh, 0.0) * (1.0 - output * output)
        return jnp.where(inside, gates @ w_hh, dh), gates

    given = (_by_step(dy), _inside(x, lengths), saved)
    dh, gates = jax.lax.scan(step, dh_n, given, reverse=not reverse)
    return _chosen(
        wanted,
        _to_input(gates, w_ih),
        dh,
        _weight_gradient(gates, _inputs(x, lengths)),
        _weight_gradient(gates, saved[0]),
        gates.sum(axis=(0, 1)),
    )
