"""The loop around a step in which each hypothesis goes its own way: greedy search and sampling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.decoding.filters import Filter, Written, filtered
from chainrule.decoding.hypothesis import Hypothesis, Step
from chainrule.decoding.rows import take_beams, take_rows

__all__ = ["Choose", "follow"]

#: From scores (N, W, V), the place in the answer and the rows (N,) of the sentences to the symbols chosen (N, W).
Choose = Callable[[np.ndarray, int, np.ndarray], np.ndarray]


class _Paths:
    """W answers for each of some sentences, as far as they are written."""

    def __init__(self, limits: np.ndarray, width: int, end: int) -> None:
        self.tokens = np.full((len(limits), width, int(limits.max(initial=0))), end)
        self.lengths = np.repeat(limits[:, None], width, axis=1)
        self.totals = np.zeros(self.lengths.shape)
        self.finished = np.zeros(self.lengths.shape, bool)
        self.stuck = np.zeros(self.lengths.shape, bool)  # where nothing was allowed to follow
        self._limits, self._end = limits, end

    def extend(
        self, rows: np.ndarray, place: int, chosen: np.ndarray, gains: np.ndarray, stuck: np.ndarray
    ) -> np.ndarray:
        """Write the symbols chosen (n, W) at a place of the sentences `rows` (n,); tells which of these go on (n,)."""
        running = ~(self.finished[rows] | self.stuck[rows])
        stuck = stuck & running
        ends = running & (chosen == self._end) & ~stuck
        within = place < self._limits[rows, None]
        # Past the limit only an end still counts.
        self.totals[rows] += np.where((running & within & ~stuck) | ends, gains, 0.0)
        self.lengths[rows] = np.where(ends | stuck, place, self.lengths[rows])
        self.finished[rows] |= ends
        self.stuck[rows] |= stuck
        if place < self.tokens.shape[2]:
            self.tokens[rows, :, place] = chosen
        return within[:, 0] & (running & ~ends & ~stuck).any(axis=1)

    def hypotheses(self) -> list[list[Hypothesis]]:
        return [
            [
                Hypothesis(tokens[:length].tolist(), float(total), float(total), bool(finished))
                for tokens, length, total, finished in zip(*paths)
            ]
            for paths in zip(self.tokens, self.lengths, self.totals, self.finished)
        ]


@no_grad()
def follow(
    step: Step,
    memory: Any,
    state: Any,
    choose: Choose,
    *,
    count: int,
    width: int,
    begin: int,
    end: int,
    max_length: int | np.ndarray,
    filters: Sequence[Filter] = (),
    sentences: np.ndarray | None = None,
) -> list[list[Hypothesis]]:
    """Write answers symbol by symbol, each going on where it stands.

    Parameters
    ----------
    step : Step
        The decoder's step.
    memory : tree of arrays
        One row a sentence, (N, ...).
    state : tree of arrays
        The decoder's state before the first symbol, (N, 1, ...).
    choose : callable
        As `Choose`.
    count : int
        N, the number of sentences.
    width : int
        W, how many answers each is to have.
    begin, end : int
        The symbols that mark beginning and end.
    max_length : int or ndarray of int, shape (N,)
        The most symbols an answer may have.
    filters : sequence of Filter
        What may be written.
    sentences : ndarray of int, shape (N,), optional
        The numbers of the sentences, for filters and `choose`; 0, 1, ... by default.

    Returns
    -------
    list of list of Hypothesis
        For each sentence its W answers.
    """
    limits = np.broadcast_to(np.asarray(max_length), (count,))
    numbers = np.arange(count) if sentences is None else sentences
    paths, rows = _Paths(limits, width, end), np.arange(count)  # rows that have not ended; only these are computed
    if width > 1:
        state = take_beams(state, np.zeros((count, width), int))
    tokens, place = np.full((count, width), begin), 0
    while len(rows):
        log_probs, state = step(tokens, memory, state)
        log_probs = np.asarray(log_probs)  # (n, W, V)
        scores = filtered(log_probs, Written(paths.tokens[rows, :, :place], numbers[rows]), filters)
        tokens = choose(scores, place, numbers[rows])
        gains = np.take_along_axis(log_probs, tokens[:, :, None], axis=-1)[..., 0]
        best = np.take_along_axis(scores, tokens[:, :, None], axis=-1)[..., 0]
        going_on = paths.extend(rows, place, tokens, gains, np.isneginf(best))
        if not going_on.all():
            kept = np.flatnonzero(going_on)
            rows, tokens = rows[kept], tokens[kept]
            memory, state = take_rows(memory, kept), take_rows(state, kept)
        place += 1
    return paths.hypotheses()
