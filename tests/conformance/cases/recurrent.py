"""Cases of `chainrule.ops.recurrent`."""

import numpy as np

from chainrule import ops

from ..case import Case
from .activations import sigmoid

N, T, D, H = 3, 3, 2, 3
LENGTHS = np.array([3, 0, 2])


def lstm_step(x, state, w_ih, w_hh, bias):
    h, c = state
    i, f, g, o = np.split(x @ w_ih.T + h @ w_hh.T + bias, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(x, state, w_ih, w_hh, b_ih, b_hh):
    (h,) = state
    (ri, zi, ni), (rh, zh, nh) = np.split(x @ w_ih.T + b_ih, 3), np.split(h @ w_hh.T + b_hh, 3)
    z = sigmoid(zi + zh)
    return ((1 - z) * np.tanh(ni + sigmoid(ri + rh) * nh) + z * h,)


def rnn_step(x, state, w_ih, w_hh, bias):
    return (np.tanh(x @ w_ih.T + state[0] @ w_hh.T + bias),)


def over_time(step, x, states, *weights, lengths=None, reverse=False):
    """One sequence after the other, one step after the other."""
    y, last = np.zeros((*x.shape[:2], H)), [np.array(state) for state in states]
    for n, length in enumerate([T] * N if lengths is None else lengths):
        state = tuple(s[n] for s in states)
        for t in reversed(range(length)) if reverse else range(length):
            state = step(x[n, t], state, *weights)
            y[n, t] = state[0]
        for place, s in zip(last, state):
            place[n] = s
    return (y, *last)


def recurrent_case(operation, step, gates, states, biases, label="", compiled=False, **options):
    shapes = ((N, T, D), *((N, H),) * states, (gates * H, D), (gates * H, H), *((gates * H,),) * biases)

    def reference(x, *rest):
        weights = rest[states:] if biases else (*rest[states:], 0.0)
        return over_time(step, x, rest[:states], *weights, **options)

    return Case(operation, shapes, reference, label, call=lambda *xs: operation(*xs, **options), compiled=compiled)


KINDS = ((ops.lstm, lstm_step, 4, 2, 1), (ops.gru, gru_step, 3, 1, 2), (ops.rnn, rnn_step, 1, 1, 1))

CASES = [
    *(recurrent_case(*kind, "lengths", compiled=True, lengths=LENGTHS) for kind in KINDS),
    *(recurrent_case(*kind, "reverse", lengths=LENGTHS, reverse=True) for kind in KINDS),
    *(recurrent_case(*kind) for kind in KINDS),
    recurrent_case(ops.lstm, lstm_step, 4, 2, 0, "no-bias"),
]
