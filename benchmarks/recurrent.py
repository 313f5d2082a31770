"""Recurrent layers, forward and backward: whole batches, padded ones, and the sizes of the pronunciation model."""

from collections.abc import Callable

import numpy as np

from benchmarks.harness import Workload
from chainrule.kernels import select


def workloads() -> list[Workload]:
    """LSTM and GRU layers of several sizes, a step of training each."""
    return [
        _workload("LSTM 128->256, T 20, batch 64", "LSTM", 64, 20, 128, 256),
        _workload("GRU 128->256, T 20, batch 64", "GRU", 64, 20, 128, 256),
        _workload("LSTM 128->2x128, T 9, batch 128", "LSTM", 128, 9, 128, 128, directions=2),
        _workload("LSTM 128->2x128, T 9, batch 128, lengths", "LSTM", 128, 9, 128, 128, directions=2, padded=True),
        _workload("LSTM 128->256, T 8, batch 128", "LSTM", 128, 8, 128, 256),
        _workload("LSTM 128->256, T 20, batch 64, lengths", "LSTM", 64, 20, 128, 256, padded=True),
        _workload("GRU 128->256, T 20, batch 64, lengths", "GRU", 64, 20, 128, 256, padded=True),
    ]


def _workload(
    name: str, kind: str, batch: int, steps: int, width: int, hidden: int, directions: int = 1, padded: bool = False
) -> Workload:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, steps, width), dtype=np.float32)
    grad = rng.standard_normal((batch, steps, directions * hidden), dtype=np.float32)
    lengths = rng.integers(1, steps + 1, batch) if padded else None
    if padded:
        lengths[0] = steps
    layer = _torch_layer(kind, width, hidden, directions)
    weights = {name: p.detach().numpy().copy() for name, p in layer.named_parameters()}
    ours = {"LSTM": _lstm, "GRU": _gru}[kind]

    def run() -> None:
        for reverse in range(directions):
            suffix = "_l0_reverse" if reverse else "_l0"
            part = [weights[f"{each}{suffix}"] for each in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            ours(x, grad[:, :, reverse * hidden : (reverse + 1) * hidden], part, lengths, bool(reverse))

    return Workload(name, run, _torch_step(layer, x, grad, lengths))


def _lstm(
    x: np.ndarray, grad: np.ndarray, weights: list[np.ndarray], lengths: np.ndarray | None, reverse: bool
) -> None:
    w_ih, w_hh, b_ih, b_hh = weights
    zeros = np.zeros((len(x), w_hh.shape[1]), np.float32)
    kernels = select(x)
    *_, saved = kernels.lstm(x, zeros, zeros, w_ih, w_hh, b_ih + b_hh, lengths, reverse, True)
    inputs = x, zeros, zeros, w_ih, w_hh
    kernels.lstm_backward(grad, zeros, zeros, *inputs, lengths, reverse, saved, (True, False, False, True, True, True))


def _gru(x: np.ndarray, grad: np.ndarray, weights: list[np.ndarray], lengths: np.ndarray | None, reverse: bool) -> None:
    w_ih, w_hh, b_ih, b_hh = weights
    zeros = np.zeros((len(x), w_hh.shape[1]), np.float32)
    kernels = select(x)
    *_, saved = kernels.gru(x, zeros, w_ih, w_hh, b_ih, b_hh, lengths, reverse, True)
    kernels.gru_backward(
        grad, zeros, x, zeros, w_ih, w_hh, b_hh, lengths, reverse, saved, (True, False, True, True, True, True)
    )


def _torch_layer(kind: str, width: int, hidden: int, directions: int):
    import torch

    torch.manual_seed(0)
    return getattr(torch.nn, kind)(width, hidden, batch_first=True, bidirectional=directions == 2)


def _torch_step(layer, x: np.ndarray, grad: np.ndarray, lengths: np.ndarray | None) -> Callable[[], None]:
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    inputs, gradient = torch.from_numpy(x).requires_grad_(), torch.from_numpy(grad)
    sizes = None if lengths is None else torch.from_numpy(lengths)

    def run() -> None:
        layer.zero_grad()
        inputs.grad = None
        if sizes is None:
            y, _ = layer(inputs)
        else:
            y, _ = layer(pack_padded_sequence(inputs, sizes, batch_first=True, enforce_sorted=False))
            y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
        y.backward(gradient)

    return run
