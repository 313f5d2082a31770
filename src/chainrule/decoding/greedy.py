"""Greedy search: the likeliest symbol, step after step."""

from typing import Any

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.decoding.hypothesis import Hypothesis, Step
from chainrule.decoding.rows import take_rows


@no_grad()
def greedy_search(
    step: Step, memory: Any, state: Any, *, count: int, begin: int, end: int, max_length: int
) -> list[Hypothesis]:
    """Follow the likeliest symbol for each sentence until its end.

    Parameters
    ----------
    step : Step
        The decoder's step.
    memory : tree of arrays
        One row a sentence, (N, ...).
    state : tree of arrays
        The decoder's state before the first symbol, (N, 1, ...).
    count : int
        N, the number of sentences.
    begin, end : int
        The symbols that mark beginning and end.
    max_length : int
        The most symbols an answer may have.

    Returns
    -------
    list of Hypothesis
        One for each sentence.
    """
    tokens = np.full((count, 1), begin)
    written = np.full((count, max_length), end)
    lengths, totals, finished = np.full(count, max_length), np.zeros(count), np.zeros(count, bool)
    open_rows = np.arange(count)  # sentences that have not ended; only these are computed
    for place in range(max_length + 1):
        if not len(open_rows):
            break
        log_probs, state = step(tokens, memory, state)
        log_probs = np.asarray(log_probs)[:, 0]  # (N, V)
        chosen = log_probs.argmax(axis=-1)
        ends = chosen == end
        scores = log_probs[np.arange(len(chosen)), chosen]
        # Past the limit only an end still counts.
        totals[open_rows] += np.where(ends | (place < max_length), scores, 0.0)
        lengths[open_rows[ends]] = place
        finished[open_rows[ends]] = True
        if place < max_length:
            written[open_rows, place] = chosen
        if ends.any():
            kept = np.flatnonzero(~ends)
            open_rows, chosen = open_rows[kept], chosen[kept]
            memory, state = take_rows(memory, kept), take_rows(state, kept)
        tokens = chosen[:, None]
    return [
        Hypothesis(written[i, : lengths[i]].tolist(), float(totals[i]), float(totals[i]), bool(finished[i]))
        for i in range(count)
    ]
