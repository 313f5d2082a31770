"""GRU over whole sequences, in the way of `recurrent_lstm`.

A packed row of gates holds r, z, n and, last, what the state adds to n before r scales it. A row of their gradients
holds n, r, z and that, so that both the input's three and the state's three lie side by side.
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
    gates: np.ndarray  # (R, 4H)
    hidden: np.ndarray  # (N + R, H)
    from_zero: bool  # the initial state is zero


@vector_function
def cell(code: Code, width: Integer, gates: Address, h_before: Address, h: Address, y: Address) -> None:
    """One row: gates in place, from what goes into them to what comes out."""

    def turn(j: Integer) -> None:
        r_at, z_at, n_at, state_at = (gates + width * n + j for n in range(4))
        r, z = sigmoid(r_at.load()), sigmoid(z_at.load())
        n = tanh(n_at.load() + r * state_at.load())
        output = (1.0 - z) * n + z * (h_before + j).load()
        for place, value in ((r_at, r), (z_at, z), (n_at, n), (h + j, output), (y + j, output)):
            place.store(value)

    code.each(width, turn)


@vector_function
def cell_backward(
    code: Code, width: Integer, gates: Address, h_before: Address, dy: Address, dh: Address, dz: Address
) -> None:
    """One row: dz is the gradient before the gates; dh becomes what reaches the state before past them."""

    def turn(j: Integer) -> None:
        r, z, n, state = ((gates + width * k + j).load() for k in range(4))
        output = (dy + j).load() + (dh + j).load()
        before_n = output * (1.0 - z) * (1.0 - n * n)
        (dz + j).store(before_n)
        (dz + width + j).store(before_n * state * r * (1.0 - r))
        (dz + width * 2 + j).store(output * ((h_before + j).load() - n) * z * (1.0 - z))
        (dz + width * 3 + j).store(before_n * r)
        (dh + j).store(output * z)

    code.each(width, turn)


_READ = "Array(float32, 2, 'C', True)"
_WRITE = "float32[:, ::1]"


@kernel(f"void({STEPS}, {_WRITE}, {_WRITE}, {_WRITE}, {READ_ROW}, {READ_ROW}, {READ_ROW}, int64, int64, {HANDS})")
def forward_steps(
    counts,
    places,
    gates,
    hidden,
    y,
    panels,
    n_panels,
    n_bias,
    multiplying,
    from_zero,
    hands,
    height,
    first,
    stop,
):
    """All steps of the rows that fall to a hand: `height` of every `hands * height`."""
    batch, width, wide = len(hidden) - len(places), hidden.shape[1], gates.shape[1]
    gates_at, hidden_at, y_at = address(gates), address(hidden), address(y)
    line = 4 * width
    for hand in range(first, stop):
        begin, stride = hand * height, hands * height
        row, before = 0, 0
        for count in counts:
            into, after = gates_at + 4 * wide * row, batch + row
            if row or not from_zero:
                state, part = hidden_at + line * before, (begin, count, stride, height)
                place = into, wide, into, wide, *part, 2 * width
                call(multiplying, (state, width, 1, line_in(address(panels)), width, *place))
                n_place = into + 3 * line, wide, address(n_bias), 0, *part, width
                call(multiplying, (state, width, 1, line_in(address(n_panels)), width, *n_place))
            for top in range(begin, count, stride):
                for i in range(top, min(top + height, count)):
                    old, new, out = line * (before + i), line * (after + i), line * places[row + i]
                    cell(width, into + 4 * wide * i, hidden_at + old, hidden_at + new, y_at + out)
            row, before = row + count, after


@kernel(f"void({STEPS}, {_READ}, {_READ}, {READ_ROWS}, {_WRITE}, {_WRITE}, {READ_ROW}, int64, int64, {HANDS})")
def backward_steps(
    counts, places, gates, hidden, dy, dh, dz, panels, multiplying, to_start, hands, height, first, stop
):
    """All steps from the last to the first; dh becomes the initial state's gradient if that is wanted."""
    (batch, width), wide = dh.shape, gates.shape[1]
    gates_at, hidden_at, dy_at, dh_at, dz_at = address(gates), address(hidden), address(dy), address(dh), address(dz)
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
                    old, of_gates = hidden_at + line * (before + i), 4 * wide * (row + i)
                    grad = dy_at + dy.strides[0] * places[row + i]
                    cell_backward(width, gates_at + of_gates, old, grad, dh_at + line * i, dz_at + of_gates)
            if step or to_start:
                state_part, place = dz_at + 4 * wide * row + line, (dh_at, width, dh_at, width, begin, count, stride)
                call(multiplying, (state_part, wide, 1, line_in(address(panels)), 3 * width, *place, height, width))


def forward(
    x: np.ndarray,
    h0: np.ndarray,
    w_ih: np.ndarray | None,
    w_hh: np.ndarray,
    b_ih: np.ndarray | None,
    b_hh: np.ndarray | None,
    lengths: np.ndarray | None,
    reverse: bool,
) -> tuple[np.ndarray, np.ndarray, Kept]:
    """`gru` for float32 arrays with neither N, T nor R zero."""
    (batch, steps, _), width = x.shape, h0.shape[1]
    plan, from_zero = schedule(batch, steps, lengths, reverse), not h0.any()
    hidden, gates = plan.states(h0), lined(len(plan.places), 4 * width)
    bias, n_bias = _biases(b_ih, b_hh, width)
    inputs = plan.input_part(x, w_ih, bias, gates[:, : 3 * width])
    if from_zero:
        gates[: plan.counts[0], 3 * width :] = n_bias
    y = np.zeros((batch, steps, width), np.float32)
    hands, height = plan.hands(3 * width * width)
    arrays = gates, hidden, y.reshape(-1, width), packed(w_hh[: 2 * width].T), packed(w_hh[2 * width :].T), n_bias
    arguments = plan.counts, plan.places, *arrays, multiplying(), from_zero
    run_slices(partial(forward_steps, *arguments, hands, height), hands)
    return y, hidden[plan.last], Kept(plan, inputs, gates, hidden, from_zero)


def _biases(b_ih: np.ndarray | None, b_hh: np.ndarray | None, width: int) -> tuple[np.ndarray, np.ndarray]:
    """What the input's product starts from, and the state's, for n."""
    zeros = np.zeros(3 * width, np.float32)
    bias, state = zeros if b_ih is None else b_ih.copy(), zeros if b_hh is None else np.ascontiguousarray(b_hh)
    bias[: 2 * width] += state[: 2 * width]
    return bias, state[2 * width :]


def backward(
    dy: np.ndarray,
    dh_n: np.ndarray,
    w_ih: np.ndarray | None,
    w_hh: np.ndarray,
    kept: Kept,
    wanted: tuple[bool, ...],
) -> tuple[np.ndarray | None, ...]:
    """`gru_backward` for what `forward` kept."""
    plan, inputs, gates, hidden, from_zero = kept
    width, dh, dz = dh_n.shape[1], dh_n[plan.order], lined(*gates.shape)
    hands, height = plan.hands(3 * width * width)
    arrays = gates, hidden, evenly_spaced(dy), dh, dz, packed(w_hh)
    arguments = plan.counts, plan.places, *arrays, multiplying(), wanted[1]
    run_slices(partial(backward_steps, *arguments, hands, height), hands)
    skipped = plan.counts[0] if from_zero else 0
    input_part, state_part, sums = dz[:, : 3 * width], dz[skipped:, width:], column_sums(dz) if any(wanted[4:]) else dz
    gradients = (
        lambda: plan.unpacked(_to_input(input_part, w_ih, width), dy.shape[1]),
        lambda: plan.unsorted(dh),
        lambda: np.roll(product(input_part.T, inputs), -width, axis=0),  # type: ignore[arg-type]  # only with weights
        lambda: product(state_part.T, hidden[plan.before[skipped:]]),
        lambda: np.roll(sums[: 3 * width], -width),
        lambda: sums[width:],
    )
    return tuple(gradient() if want else None for gradient, want in zip(gradients, wanted))


def _to_input(input_part: np.ndarray, w_ih: np.ndarray | None, width: int) -> np.ndarray:
    """From the gradient before the gates n, r, z to the input's, in packed rows."""
    if w_ih is None:
        return np.roll(input_part, -width, axis=1)
    return product(input_part, np.roll(w_ih, width, axis=0))
