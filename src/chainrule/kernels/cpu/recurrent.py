"""Recurrent layers for NumPy arrays: fused code for float32, array code for the rest."""

from typing import Any

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.reference import recurrent as reference


def lstm(
    x: np.ndarray,
    h0: np.ndarray,
    c0: np.ndarray,
    w_ih: np.ndarray | None,
    w_hh: np.ndarray,
    bias: np.ndarray | None,
    lengths: np.ndarray | None = None,
    reverse: bool = False,
    save: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Any]:
    """See `chainrule.kernels.reference.recurrent.lstm`."""
    if not all_float32(x, h0, c0, w_ih, w_hh, bias) or not x.size:
        return reference.lstm(x, h0, c0, w_ih, w_hh, bias, lengths, reverse, save)
    from chainrule.kernels.cpu import recurrent_lstm

    x, h0, c0, w_ih, w_hh, bias = _dense(x, h0, c0, w_ih, w_hh, bias)
    y, h_n, c_n, kept = recurrent_lstm.forward(x, h0, c0, w_ih, w_hh, bias, lengths, reverse)
    return y, h_n, c_n, kept if save else None


def lstm_backward(
    dy: np.ndarray,
    dh_n: np.ndarray,
    dc_n: np.ndarray,
    x: np.ndarray,
    h0: np.ndarray,
    c0: np.ndarray,
    w_ih: np.ndarray | None,
    w_hh: np.ndarray,
    lengths: np.ndarray | None,
    reverse: bool,
    saved: Any,
    wanted: tuple[bool, ...] = (True,) * 6,
) -> tuple[np.ndarray | None, ...]:
    """See `chainrule.kernels.reference.recurrent.lstm_backward`."""
    if not hasattr(saved, "schedule"):
        return reference.lstm_backward(dy, dh_n, dc_n, x, h0, c0, w_ih, w_hh, lengths, reverse, saved, wanted)
    from chainrule.kernels.cpu import recurrent_lstm

    w_ih, w_hh = _dense(w_ih, w_hh)
    return recurrent_lstm.backward(dy, dh_n, dc_n, w_ih, w_hh, saved, wanted)


def gru(
    x: np.ndarray,
    h0: np.ndarray,
    w_ih: np.ndarray | None,
    w_hh: np.ndarray,
    b_ih: np.ndarray | None,
    b_hh: np.ndarray | None,
    lengths: np.ndarray | None = None,
    reverse: bool = False,
    save: bool = True,
) -> tuple[np.ndarray, np.ndarray, Any]:
    """See `chainrule.kernels.reference.recurrent.gru`."""
    if not all_float32(x, h0, w_ih, w_hh, b_ih, b_hh) or not x.size:
        return reference.gru(x, h0, w_ih, w_hh, b_ih, b_hh, lengths, reverse, save)
    from chainrule.kernels.cpu import recurrent_gru

    x, h0, w_ih, w_hh, b_ih, b_hh = _dense(x, h0, w_ih, w_hh, b_ih, b_hh)
    y, h_n, kept = recurrent_gru.forward(x, h0, w_ih, w_hh, b_ih, b_hh, lengths, reverse)
    return y, h_n, kept if save else None


def gru_backward(
    dy: np.ndarray,
    dh_n: np.ndarray,
    x: np.ndarray,
    h0: np.ndarray,
    w_ih: np.ndarray | None,
    w_hh: np.ndarray,
    b_hh: np.ndarray | None,
    lengths: np.ndarray | None,
    reverse: bool,
    saved: Any,
    wanted: tuple[bool, ...] = (True,) * 6,
) -> tuple[np.ndarray | None, ...]:
    """See `chainrule.kernels.reference.recurrent.gru_backward`."""
    if not hasattr(saved, "schedule"):
        return reference.gru_backward(dy, dh_n, x, h0, w_ih, w_hh, b_hh, lengths, reverse, saved, wanted)
    from chainrule.kernels.cpu import recurrent_gru

    w_ih, w_hh = _dense(w_ih, w_hh)
    return recurrent_gru.backward(dy, dh_n, w_ih, w_hh, saved, wanted)


def _dense(*arrays: np.ndarray | None) -> list[Any]:
    return [None if array is None else dense(array) for array in arrays]
