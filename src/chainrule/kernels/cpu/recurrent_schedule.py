"""In which order recurrent kernels take the steps of a batch: only those inside the sequences, densely packed.

Sequences are sorted by length, longest first, so that those still running at step s are the first `counts[s]`.
Row s of every one of them, then row s + 1, and so on: the packed rows of a step lie side by side. States have the
initial ones before that.
"""

from dataclasses import dataclass

import numpy as np

from chainrule.kernels.cpu.gemm import ROWS
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.cpu.pool import thread_count
from chainrule.kernels.cpu.products import even_height, product

# In the signatures of kernels: `counts` and `places`; hands, height, first and stop; rows at even distances.
STEPS = "Array(int64, 1, 'C', True), Array(int64, 1, 'C', True)"
HANDS = "int64, int64, int64, int64"
READ_ROWS = "Array(float32, 2, 'A', True)"
_MOST_ROWS = min(8, ROWS)  # of a tile: all of W_hh passes by at each step, and lower tiles leave it more of the cache
_FEW_ROWS = 4  # of a thread; with fewer its multiplications wait for each other
_SMALL = 1 << 20  # multiply-adds that one thread does sooner than two


@dataclass(frozen=True)
class Schedule:
    """The packed rows of a batch of N sequences of up to T steps; R is the sum of their lengths.

    Attributes
    ----------
    order : ndarray of int64, shape (N,)
        Sequences, longest first.
    counts : ndarray of int64, shape (T,)
        How many sequences take part in a step.
    places : ndarray of int64, shape (R,)
        Row n * T + t of (N, T, ...) that each packed row is.
    before : ndarray of int64, shape (R,)
        Row of the N + R states that each packed row starts from.
    last : ndarray of int64, shape (N,)
        Row of the states that each sequence ends with, in the batch's order.
    """

    order: np.ndarray
    counts: np.ndarray
    places: np.ndarray
    before: np.ndarray
    last: np.ndarray

    def rows(self, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Packed rows (R, D) of x, shape (N, T, D)."""
        return np.take(x.reshape(-1, x.shape[-1]), self.places, axis=0, out=out, mode="clip")  # all are inside

    def input_part(
        self, x: np.ndarray, w_ih: np.ndarray | None, bias: np.ndarray | None, out: np.ndarray
    ) -> np.ndarray | None:
        """Write W_ih x + b, of packed rows, or x + b where x, shape (N, T, G), is the product; return the rows of x."""
        if w_ih is not None:
            inputs = self.rows(x)
            product(inputs, w_ih.T, bias, out)
            return inputs
        self.rows(x, out)
        if bias is not None:
            out += bias
        return None

    def states(self, first: np.ndarray) -> np.ndarray:
        """Room for the states (N + R, H), with the initial ones, shape (N, H), filled in."""
        states = lined(len(self.order) + len(self.places), first.shape[1])
        states[: len(self.order)] = first[self.order]
        return states

    def unpacked(self, rows: np.ndarray, steps: int) -> np.ndarray:
        """Bring packed rows (R, D) back to (N, T, D), with zeros beyond the lengths."""
        batch, width = len(self.order), rows.shape[1]
        x = np.zeros((batch * steps, width), np.float32)
        x[self.places] = rows
        return x.reshape(batch, steps, width)

    def unsorted(self, rows: np.ndarray) -> np.ndarray:
        """Bring (N, H), longest sequence first, back to the batch's order."""
        x = np.empty_like(rows)
        x[self.order] = rows
        return x

    def hands(self, work_of_a_row: int) -> tuple[int, int]:
        """Return how many threads share the sequences, and how many rows they take at a time."""
        batch = len(self.order)
        hands = min(thread_count(), -(-batch // _FEW_ROWS)) if len(self.places) * work_of_a_row >= _SMALL else 1
        return hands, even_height(batch, hands, _MOST_ROWS)


def schedule(batch: int, steps: int, lengths: np.ndarray | None, reverse: bool) -> Schedule:
    """Arrange the steps of N sequences.

    Parameters
    ----------
    batch, steps : int
        N and T.
    lengths : ndarray of int, shape (N,), or None
        How many steps each has; None for T.
    reverse : bool
        Take each sequence from its last step to its first.

    Returns
    -------
    Schedule
        The order.
    """
    lengths = np.full(batch, steps) if lengths is None else np.clip(np.asarray(lengths, np.int64), 0, steps)
    order = np.argsort(-lengths, kind="stable")
    longest_first, step = lengths[order], np.arange(steps)[:, None]
    running = step < longest_first  # (T, N)
    counts = running.sum(axis=1)
    time = longest_first - 1 - step if reverse else step
    first_state = np.concatenate([[0, batch], batch + np.cumsum(counts)])  # of the states before each step
    state = first_state[: steps + 1, None] + np.arange(batch)  # (T + 1, N)
    last = np.empty(batch, np.int64)
    last[order] = state[longest_first, np.arange(batch)]
    return Schedule(order, counts, (order * steps + time)[running], state[:-1][running], last)


def evenly_spaced(x: np.ndarray) -> np.ndarray:
    """Return x, shape (N, T, D), as its N * T rows: where it lies if they are at even distances."""
    even = x.strides[2] == 4 and x.strides[0] == x.shape[1] * x.strides[1] and x.flags.aligned
    return (x if even else x.copy()).reshape(-1, x.shape[2])
