"""LSTM over whole sequences: the input's part as one product, then a product and the gates for each step.

Every thread takes its own sequences through all steps, without waiting for the others.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from chainrule.kernels.cpu.column_sums import column_sums
from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.products import READ_ROW, line_in, multiplying, packed, product
from chainrule.kernels.cpu.recurrent_schedule import (
    HANDS,
    READ_ROWS,
    STEPS,
    Schedule,
    evenly_spaced,
    schedule,
)
from chainrule.kernels.cpu.simd import Address, Code, Integer, address, call, vector_function
from chainrule.kernels.cpu.vectormath import sigmoid, tanh


class Kept(NamedTuple):
    """What the backward pass needs, in packed rows."""

    schedule: Schedule
    inputs: np.ndarray | None  # (R, D); None where the product was done before
    gates: np.ndarray  # (R, 4H): i, f, g, o
    hidden: np.ndarray  # (N + R, H)
    cells: np.ndarray  # (N + R, H)
    from_zero: bool  # the initial hidden state is zero


@vector_function
def cell(code: Code, width: Integer, gates: Address, c_before: Address, c: Address, h: Address, y: Address) -> None:
    """One row: gates in place, from what goes into them to what comes out."""

    def turn(j: Integer) -> None:
        i_at, f_at, g_at, o_at = (gates + width * n + j for n in range(4))
        i, f, g, o = sigmoid(i_at.load()), sigmoid(f_at.load()), tanh(g_at.load()), sigmoid(o_at.load())
        after = f * (c_before + j).load() + i * g
        output = o * tanh(after)
        for place, value in ((i_at, i), (f_at, f), (g_at, g), (o_at, o), (c + j, after), (h + j, output)):
            place.store(value)
        (y + j).store(output)

    code.each(width, turn)


@vector_function
def cell_backward(
    code: Code, width: Integer, gates: Address, c_before: Address, c: Address, dy: Address, dh: Address, dc: Address,
    dz: Address,
) -> None:  # fmt: skip
    """One row: dz is the gradient before the gates; dc becomes that of the cell before."""

    def turn(j: Integer) -> None:
        i, f, g, o = ((gates + width * n + j).load() for n in range(4))
        tanh_c = tanh((c + j).load())
        output = (dy + j).load() + (dh + j).load()
        inside = (dc + j).load() + output * o * (1.0 - tanh_c * tanh_c)
        (dz + j).store(inside * g * i * (1.0 - i))
        (dz + width + j).store(inside * (c_before + j).load() * f * (1.0 - f))
        (dz + width * 2 + j).store(inside * i * (1.0 - g * g))
        (dz + width * 3 + j).store(output * tanh_c * o * (1.0 - o))
        (dc + j).store(inside * f)

    code.each(width, turn)


_READ = "Array(float32, 2, 'C', True)"
_WRITE = "float32[:, ::1]"


@kernel(f"void({STEPS}, {_WRITE}, {_WRITE}, {_WRITE}, {_WRITE}, {READ_ROW}, int64, int64, {HANDS})")
def forward_steps(counts, places, gates, hidden, cells, y, panels, multiplying, from_zero, hands, height, first, stop):
    """All steps of the rows that fall to a hand: `height` of every `hands * height`."""
    batch, width, wide = len(hidden) - len(places), hidden.shape[1], gates.shape[1]
    gates_at, hidden_at, cells_at, y_at = address(gates), address(hidden), address(cells), address(y)
    line = 4 * width
    for hand in range(first, stop):
        begin, stride = hand * height, hands * height
        row, before = 0, 0
        for count in counts:
            into, after = gates_at + 4 * wide * row, batch + row
            if row or not from_zero:
                state, place = hidden_at + line * before, (into, wide, into, wide, begin, count, stride, height, wide)
                call(multiplying, (state, width, 1, line_in(address(panels)), width, *place))
            for top in range(begin, count, stride):
                for i in range(top, min(top + height, count)):
                    old, new, out = line * (before + i), line * (after + i), line * places[row + i]
                    cell(width, into + 4 * wide * i, cells_at + old, cells_at + new, hidden_at + new, y_at + out)
            row, before = row + count, after


@kernel(
    f"void({STEPS}, {_READ}, {_READ}, {READ_ROWS}, {_WRITE}, {_WRITE}, {_WRITE}, {READ_ROW}, {READ_ROW}, int64, int64,"
    f"{HANDS})"
)
def backward_steps(
    counts,
    places,
    gates,
    cells,
    dy,
    dh,
    dc,
    dz,
    panels,
    zeros,
    multiplying,
    to_start,
    hands,
    height,
    first,
    stop,
):
    """All steps from the last to the first; dh (if wanted) and dc become the initial state's gradients."""
    (batch, width), wide = dh.shape, gates.shape[1]
    gates_at, cells_at, dy_at, dh_at, dc_at, dz_at = (
        address(gates), address(cells), address(dy), address(dh), address(dc), address(dz)
    )  # fmt: skip
    line = 4 * width
    for hand in range(first, stop):
        begin, stride = hand * height, hands * height
        row = len(places)
        for step in range(len(counts) - 1, -1, -1):
            count = counts[step]
            row -= count
            before = batch + row - counts[step - 1] if step else 0
            for top in range(begin, count, stride):
                for i in range(top, min(top + height, count)):
                    old, new, of_gates = line * (before + i), line * (batch + row + i), 4 * wide * (row + i)
                    grad = dy_at + dy.strides[0] * places[row + i]
                    cell_backward(
                        width, gates_at + of_gates, cells_at + old, cells_at + new, grad, dh_at + line * i,
                        dc_at + line * i, dz_at + of_gates,
                    )  # fmt: skip
            if step or to_start:
                place = dh_at, width, address(zeros), 0, begin, count, stride, height, width
                call(multiplying, (dz_at + 4 * wide * row, wide, 1, line_in(address(panels)), wide, *place))


def forward(
    x: np.ndarray,
    h0: np.ndarray,
    c0: np.ndarray,
    w_ih: np.ndarray | None,
    w_hh: np.ndarray,
    bias: np.ndarray | None,
    lengths: np.ndarray | None,
    reverse: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Kept]:
    """`lstm` for float32 arrays with neither N, T nor R zero."""
    (batch, steps, _), width = x.shape, h0.shape[1]
    plan, from_zero = schedule(batch, steps, lengths, reverse), not h0.any()
    gates = lined(len(plan.places), 4 * width)
    inputs = plan.input_part(x, w_ih, bias, gates)
    hidden, cells = plan.states(h0), plan.states(c0)
    y = np.zeros((batch, steps, width), np.float32)
    hands, height = plan.hands(4 * width * width)
    arrays = gates, hidden, cells, y.reshape(-1, width), packed(w_hh.T)
    arguments = plan.counts, plan.places, *arrays, multiplying(), from_zero
    run_slices(partial(forward_steps, *arguments, hands, height), hands)
    return y, hidden[plan.last], cells[plan.last], Kept(plan, inputs, gates, hidden, cells, from_zero)


def backward(
    dy: np.ndarray,
    dh_n: np.ndarray,
    dc_n: np.ndarray,
    w_ih: np.ndarray | None,
    w_hh: np.ndarray,
    kept: Kept,
    wanted: tuple[bool, ...],
) -> tuple[np.ndarray | None, ...]:
    """`lstm_backward` for what `forward` kept."""
    plan, inputs, gates, hidden, cells, from_zero = kept
    width = dh_n.shape[1]
    dh, dc, dz = dh_n[plan.order], dc_n[plan.order], lined(*gates.shape)
    hands, height = plan.hands(4 * width * width)
    arrays = gates, cells, evenly_spaced(dy), dh, dc, dz, packed(w_hh), np.zeros(width, np.float32)
    arguments = plan.counts, plan.places, *arrays, multiplying(), wanted[1]
    run_slices(partial(backward_steps, *arguments, hands, height), hands)
    skipped = plan.counts[0] if from_zero else 0  # a zero state adds nothing to the weights' gradient
    gradients = (
        lambda: plan.unpacked(dz if w_ih is None else product(dz, w_ih), dy.shape[1]),
        lambda: plan.unsorted(dh),
        lambda: plan.unsorted(dc),
        lambda: product(dz.T, inputs),  # type: ignore[arg-type]  # not wanted without weights
        lambda: product(dz[skipped:].T, hidden[plan.before[skipped:]]),
        lambda: column_sums(dz),
    )
    return tuple(gradient() if want else None for gradient, want in zip(gradients, wanted))
