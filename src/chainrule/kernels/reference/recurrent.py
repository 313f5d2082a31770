"""Recurrent layers over whole sequences, one layer and one direction at a time.

Sequences stand batch first and may have lengths. Beyond a sequence's length the output is zero and the state stays,
so that padding changes nothing; a reversed layer begins at each sequence's last symbol.
"""

from typing import Any

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.elementwise import sigmoid


def _steps(count: int, reverse: bool) -> range:
    return range(count - 1, -1, -1) if reverse else range(count)


def _inside(x: Array, lengths: Any) -> list:
    """For each step a column (N, 1) that is true inside the sequences; None where all is inside."""
    steps = x.shape[1]
    if lengths is None:
        return [None] * steps
    lengths = namespace(x).asarray(lengths)
    return [(lengths > t)[:, None] for t in range(steps)]


def _unpadded(x: Array, lengths: Any) -> Array:
    """Zeros for whatever stands beyond the lengths, be it NaN."""
    if lengths is None or not x.shape[1]:
        return x
    xp = namespace(x)
    return xp.where(xp.stack(_inside(x, lengths), axis=1), x, 0.0)


def _given(*arrays: Array | None) -> list[Array]:
    return [array for array in arrays if array is not None]


def _input_part(x: Array, lengths: Any, w_ih: Array | None, bias: Array | None) -> Array:
    """W_ih x + b for all steps, (N, T, G H); without weights, x is the product already."""
    rows = _unpadded(x, lengths)
    part = rows if w_ih is None else namespace(x, w_ih).matmul(rows, namespace(w_ih).swapaxes(w_ih, 0, 1))
    return part if bias is None else part + bias


def _to_input(dz: Array, w_ih: Array | None) -> Array:
    """From the gradient of `_input_part` to that of its input."""
    return dz if w_ih is None else namespace(dz, w_ih).matmul(dz, w_ih)


def _keep(new: Array, old: Array, inside: Array | None) -> Array:
    return new if inside is None else namespace(new, old).where(inside, new, old)


def _masked(x: Array, inside: Array | None) -> Array:
    return x if inside is None else namespace(x).where(inside, x, 0.0)


def _in_order(parts: list, reverse: bool) -> Array:
    return namespace(*parts).stack(parts[::-1] if reverse else parts, axis=1)


def _total(parts: list) -> Array:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def lstm(
    x: Array,
    h0: Array,
    c0: Array,
    w_ih: Array | None,
    w_hh: Array,
    bias: Array | None,
    lengths: Any = None,
    reverse: bool = False,
    save: bool = True,
) -> tuple[Array, Array, Array, tuple | None]:
    """Run an LSTM layer.

    i, f, g, o = W_ih x + W_hh h + b;  c = sigmoid(f) c + sigmoid(i) tanh(g);  h = sigmoid(o) tanh(c).
    S. Hochreiter and J. Schmidhuber, Long short-term memory, 1997, with the forget gate of F. Gers et al., 2000.

    Parameters
    ----------
    x : Array, shape (N, T, D)
        The inputs; W_ih x for all steps if `w_ih` is None.
    h0, c0 : Array, shape (N, H)
        The state before the first step.
    w_ih : Array, shape (4 H, D), or None
        Input weights; the gates are i, f, g, o from the top.
    w_hh : Array, shape (4 H, H)
        Recurrent weights.
    bias : Array, shape (4 H,), or None
        The sum of both biases.
    lengths : Array of int, shape (N,), optional
        How many steps each sequence has.
    reverse : bool
        Run from each sequence's last step to its first.
    save : bool
        Keep what `lstm_backward` needs.

    Returns
    -------
    y : Array, shape (N, T, H)
        The outputs; zero beyond a length.
    h_n, c_n : Array, shape (N, H)
        The state after the last step.
    saved : tuple or None
        For `lstm_backward`.
    """
    projected = _input_part(x, lengths, w_ih, bias)
    xp = namespace(projected, h0, c0, w_hh)
    inside, hidden = _inside(x, lengths), h0.shape[-1]
    recurrent = xp.swapaxes(w_hh, 0, 1)
    h, c, ys, gates, cells = h0, c0, [], [], []
    for t in _steps(x.shape[1], reverse):
        z = projected[:, t] + xp.matmul(h, recurrent)  # (N, 4H)
        i, f = sigmoid(z[:, :hidden]), sigmoid(z[:, hidden : 2 * hidden])
        g, o = xp.tanh(z[:, 2 * hidden : 3 * hidden]), sigmoid(z[:, 3 * hidden :])
        cell = f * c + i * g
        output = o * xp.tanh(cell)
        if save:
            gates.append((i, f, g, o))
            cells.append((h, c, cell))
        h, c = _keep(output, h, inside[t]), _keep(cell, c, inside[t])
        ys.append(_masked(output, inside[t]))
    y = _in_order(ys, reverse) if ys else xp.zeros((x.shape[0], 0, hidden), dtype=x.dtype)
    return y, h, c, (tuple(gates), tuple(cells)) if save else None


def lstm_backward(
    dy: Array,
    dh_n: Array,
    dc_n: Array,
    x: Array,
    h0: Array,
    c0: Array,
    w_ih: Array | None,
    w_hh: Array,
    lengths: Any,
    reverse: bool,
    saved: tuple,
    wanted: tuple[bool, ...] = (True,) * 6,
) -> tuple:
    """Pull gradients back through `lstm`.

    Parameters
    ----------
    dy : Array, shape (N, T, H)
        The gradient of the outputs.
    dh_n, dc_n : Array, shape (N, H)
        The gradients of the last state.
    x, h0, c0, w_ih, w_hh, lengths, reverse
        As for `lstm`.
    saved : tuple
        What `lstm` kept.
    wanted : tuple of bool
        Which of the six gradients to return; the others are None.

    Returns
    -------
    tuple
        The gradients of x, h0, c0, w_ih, w_hh and bias.
    """
    xp = namespace(dy, x, w_hh, *_given(w_ih))
    inside, (gates, cells) = _inside(x, lengths), saved
    dh, dc, dzs, hs = dh_n, dc_n, [], []
    for t, (i, f, g, o), (h, c, cell) in reversed(list(zip(_steps(x.shape[1], reverse), gates, cells))):
        tanh = xp.tanh(cell)
        d_output = _masked(dy[:, t] + dh, inside[t])
        d_cell = _masked(dc, inside[t]) + d_output * o * (1.0 - tanh * tanh)
        dz = xp.concatenate(
            [
                d_cell * g * i * (1.0 - i),
                d_cell * c * f * (1.0 - f),
                d_cell * i * (1.0 - g * g),
                d_output * tanh * o * (1.0 - o),
            ],
            axis=-1,
        )
        dh = _keep(xp.matmul(dz, w_hh), dh, inside[t])
        dc = _keep(d_cell * f, dc, inside[t])
        dzs.append(dz)
        hs.append(h)
    if not dzs:
        return _no_steps(x, (dh, dc), (w_ih, w_hh), 1)
    dz, h = _in_order(dzs, not reverse), _in_order(hs, not reverse)  # back in the order of time
    gradients = (
        lambda: _to_input(dz, w_ih),
        lambda: dh,
        lambda: dc,
        lambda: xp.einsum("ntg,ntd->gd", dz, _unpadded(x, lengths)),
        lambda: xp.einsum("ntg,nth->gh", dz, h),
        lambda: xp.sum(dz, axis=(0, 1)),
    )
    return tuple(gradient() if want else None for gradient, want in zip(gradients, wanted))


def _no_steps(x: Array, states: tuple, weights: tuple, biases: int) -> tuple:
    """Gradients of a layer that took no step."""
    xp = namespace(x, *states, *_given(*weights))
    rows = weights[-1].shape[0]
    return (
        xp.zeros(x.shape, dtype=x.dtype),
        *states,
        *(None if w is None else xp.zeros(w.shape, dtype=w.dtype) for w in weights),
        *(xp.zeros((rows,), dtype=x.dtype) for _ in range(biases)),
    )


def gru(
    x: Array,
    h0: Array,
    w_ih: Array | None,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    lengths: Any = None,
    reverse: bool = False,
    save: bool = True,
) -> tuple[Array, Array, tuple | None]:
    """Run a GRU layer: r, z = sigmoid(W x + U h + b); n = tanh(W x + b + r (U h + b')); h = (1 - z) n + z h.

    K. Cho et al., Learning phrase representations using RNN encoder-decoder, 2014, arXiv 1406.1078, in the form that
    cuDNN and PyTorch use.

    Parameters
    ----------
    x : Array, shape (N, T, D)
        The inputs; W_ih x for all steps if `w_ih` is None.
    h0 : Array, shape (N, H)
        The state before the first step.
    w_ih : Array, shape (3 H, D), or None
        Input weights; the gates are r, z, n from the top.
    w_hh : Array, shape (3 H, H)
        Recurrent weights.
    b_ih, b_hh : Array, shape (3 H,), or None
        The biases.
    lengths : Array of int, shape (N,), optional
        How many steps each sequence has.
    reverse : bool
        Run from each sequence's last step to its first.
    save : bool
        Keep what `gru_backward` needs.

    Returns
    -------
    y : Array, shape (N, T, H)
        The outputs; zero beyond a length.
    h_n : Array, shape (N, H)
        The state after the last step.
    saved : tuple or None
        For `gru_backward`.
    """
    projected = _input_part(x, lengths, w_ih, b_ih)
    xp = namespace(projected, h0, w_hh)
    inside, hidden = _inside(x, lengths), h0.shape[-1]
    recurrent = xp.swapaxes(w_hh, 0, 1)
    h, ys, kept = h0, [], []
    for t in _steps(x.shape[1], reverse):
        a, b = projected[:, t], xp.matmul(h, recurrent)
        if b_hh is not None:
            b = b + b_hh
        r = sigmoid(a[:, :hidden] + b[:, :hidden])
        z = sigmoid(a[:, hidden : 2 * hidden] + b[:, hidden : 2 * hidden])
        n = xp.tanh(a[:, 2 * hidden :] + r * b[:, 2 * hidden :])
        output = (1.0 - z) * n + z * h
        if save:
            kept.append((h, r, z, n, b[:, 2 * hidden :]))
        h = _keep(output, h, inside[t])
        ys.append(_masked(output, inside[t]))
    y = _in_order(ys, reverse) if ys else xp.zeros((x.shape[0], 0, hidden), dtype=x.dtype)
    return y, h, tuple(kept) if save else None


def gru_backward(
    dy: Array,
    dh_n: Array,
    x: Array,
    h0: Array,
    w_ih: Array | None,
    w_hh: Array,
    b_hh: Array | None,
    lengths: Any,
    reverse: bool,
    saved: tuple,
    wanted: tuple[bool, ...] = (True,) * 6,
) -> tuple:
    """Pull gradients back through `gru`.

    Parameters
    ----------
    dy : Array, shape (N, T, H)
        The gradient of the outputs.
    dh_n : Array, shape (N, H)
        The gradient of the last state.
    x, h0, w_ih, w_hh, b_hh, lengths, reverse
        As for `gru`.
    saved : tuple
        What `gru` kept.
    wanted : tuple of bool
        Which of the six gradients to return; the others are None.

    Returns
    -------
    tuple
        The gradients of x, h0, w_ih, w_hh, b_ih and b_hh.
    """
    xp = namespace(dy, x, w_hh, *_given(w_ih))
    inside = _inside(x, lengths)
    dh, das, dbs, hs = dh_n, [], [], []
    for t, (h, r, z, n, b_n) in reversed(list(zip(_steps(x.shape[1], reverse), saved))):
        d_output = _masked(dy[:, t] + dh, inside[t])
        d_n = d_output * (1.0 - z) * (1.0 - n * n)
        d_z = d_output * (h - n) * z * (1.0 - z)
        d_r = d_n * b_n * r * (1.0 - r)
        da = xp.concatenate([d_r, d_z, d_n], axis=-1)  # before the gates, on the input's side
        db = xp.concatenate([d_r, d_z, d_n * r], axis=-1)  # and on the state's side
        dh = _keep(d_output * z + xp.matmul(db, w_hh), dh, inside[t])
        das.append(da)
        dbs.append(db)
        hs.append(h)
    if not das:
        return _no_steps(x, (dh,), (w_ih, w_hh), 2)
    da, db, h = (_in_order(parts, not reverse) for parts in (das, dbs, hs))
    gradients = (
        lambda: _to_input(da, w_ih),
        lambda: dh,
        lambda: xp.einsum("ntg,ntd->gd", da, _unpadded(x, lengths)),
        lambda: xp.einsum("ntg,nth->gh", db, h),
        lambda: xp.sum(da, axis=(0, 1)),
        lambda: xp.sum(db, axis=(0, 1)),
    )
    return tuple(gradient() if want else None for gradient, want in zip(gradients, wanted))


def rnn(
    x: Array,
    h0: Array,
    w_ih: Array | None,
    w_hh: Array,
    bias: Array | None,
    lengths: Any = None,
    reverse: bool = False,
    save: bool = True,
) -> tuple[Array, Array, tuple | None]:
    """Run a plain recurrent layer: h = tanh(W_ih x + W_hh h + b) (J. Elman, Finding structure in time, 1990).

    Parameters
    ----------
    x : Array, shape (N, T, D)
        The inputs; W_ih x for all steps if `w_ih` is None.
    h0 : Array, shape (N, H)
        The state before the first step.
    w_ih : Array, shape (H, D), or None
        Input weights.
    w_hh : Array, shape (H, H)
        Recurrent weights.
    bias : Array, shape (H,), or None
        The sum of both biases.
    lengths : Array of int, shape (N,), optional
        How many steps each sequence has.
    reverse : bool
        Run from each sequence's last step to its first.
    save : bool
        Keep what `rnn_backward` needs.

    Returns
    -------
    y : Array, shape (N, T, H)
        The outputs; zero beyond a length.
    h_n : Array, shape (N, H)
        The state after the last step.
    saved : tuple or None
        For `rnn_backward`.
    """
    projected = _input_part(x, lengths, w_ih, bias)
    xp = namespace(projected, h0, w_hh)
    inside = _inside(x, lengths)
    recurrent = xp.swapaxes(w_hh, 0, 1)
    h, ys, kept = h0, [], []
    for t in _steps(x.shape[1], reverse):
        output = xp.tanh(projected[:, t] + xp.matmul(h, recurrent))
        if save:
            kept.append((h, output))
        h = _keep(output, h, inside[t])
        ys.append(_masked(output, inside[t]))
    y = _in_order(ys, reverse) if ys else xp.zeros((x.shape[0], 0, h0.shape[-1]), dtype=x.dtype)
    return y, h, tuple(kept) if save else None


def rnn_backward(
    dy: Array,
    dh_n: Array,
    x: Array,
    h0: Array,
    w_ih: Array | None,
    w_hh: Array,
    lengths: Any,
    reverse: bool,
    saved: tuple,
    wanted: tuple[bool, ...] = (True,) * 5,
) -> tuple:
    """Pull gradients back through `rnn`.

    Parameters
    ----------
    dy : Array, shape (N, T, H)
        The gradient of the outputs.
    dh_n : Array, shape (N, H)
        The gradient of the last state.
    x, h0, w_ih, w_hh, lengths, reverse
        As for `rnn`.
    saved : tuple
        What `rnn` kept.
    wanted : tuple of bool
        Which of the five gradients to return; the others are None.

    Returns
    -------
    tuple
        The gradients of x, h0, w_ih, w_hh and bias.
    """
    xp = namespace(dy, x, w_hh, *_given(w_ih))
    inside = _inside(x, lengths)
    dh, dzs, hs = dh_n, [], []
    for t, (h, output) in reversed(list(zip(_steps(x.shape[1], reverse), saved))):
        dz = _masked(dy[:, t] + dh, inside[t]) * (1.0 - output * output)
        dh = _keep(xp.matmul(dz, w_hh), dh, inside[t])
        dzs.append(dz)
        hs.append(h)
    if not dzs:
        return _no_steps(x, (dh,), (w_ih, w_hh), 1)
    dz, h = _in_order(dzs, not reverse), _in_order(hs, not reverse)
    gradients = (
        lambda: _to_input(dz, w_ih),
        lambda: dh,
        lambda: xp.einsum("ntg,ntd->gd", dz, _unpadded(x, lengths)),
        lambda: xp.einsum("ntg,nth->gh", dz, h),
        lambda: xp.sum(dz, axis=(0, 1)),
    )
    return tuple(gradient() if want else None for gradient, want in zip(gradients, wanted))
