"""Beam search, for a batch of sentences at once."""

from typing import Any

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.decoding.hypothesis import Hypothesis, Step
from chainrule.decoding.rows import take_beams, take_rows


class _Beam:
    """The open hypotheses of the sentences still searched: tokens (N, W, t) and log-probabilities (N, W).

    At the start only the first of the W is alive; the others wait at minus infinity.
    """

    def __init__(self, count: int, width: int, begin: int):
        self.tokens = np.full((count, 1, 1), begin)
        self.log_probs = np.zeros((count, 1))
        self.width = width

    def candidates(self, step_log_probs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The best 2W continuations, best first: log-probabilities, their hypotheses and symbols, each (N, 2W).

        At most W of them can be ends, so W open ones remain.
        """
        totals = self.log_probs[:, :, None] + step_log_probs  # (N, W, V)
        count, _, symbols = totals.shape
        flat = totals.reshape(count, -1)
        keep = min(2 * self.width, flat.shape[1])
        places = np.argpartition(-flat, keep - 1, axis=1)[:, :keep]
        order = np.argsort(-np.take_along_axis(flat, places, axis=1), axis=1, kind="stable")
        places = np.take_along_axis(places, order, axis=1)
        return np.take_along_axis(flat, places, axis=1), places // symbols, places % symbols

    def advance(self, log_probs: np.ndarray, beams: np.ndarray, symbols: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Continue with the best W candidates that do not end; returns which hypotheses they continue (N, W)."""
        order = np.argsort(ends, axis=1, kind="stable")[:, : self.width]
        log_probs, beams, symbols, ends = (
            np.take_along_axis(x, order, axis=1) for x in (log_probs, beams, symbols, ends)
        )
        self.log_probs = np.where(ends, -np.inf, log_probs)
        history = np.take_along_axis(self.tokens, beams[:, :, None], axis=1)
        self.tokens = np.concatenate([history, symbols[:, :, None]], axis=2)
        return beams

    def keep(self, rows: np.ndarray) -> None:
        self.tokens, self.log_probs = self.tokens[rows], self.log_probs[rows]


class _Answers:
    """The finished hypotheses of one sentence, at most `width`, best first."""

    def __init__(self, width: int):
        self.width = width
        self.found: list[Hypothesis] = []

    def add(self, hypothesis: Hypothesis) -> None:
        self.found.append(hypothesis)
        self.found.sort(key=lambda h: -h.score)
        del self.found[self.width :]

    def complete(self, best_open: float) -> bool:
        """Whether no open hypothesis, scored as if it ended now, would still be among them."""
        return len(self.found) == self.width and self.found[-1].score >= best_open


@no_grad()
def beam_search(
    step: Step,
    memory: Any,
    state: Any,
    *,
    count: int,
    begin: int,
    end: int,
    max_length: int,
    width: int = 5,
    length_penalty: float = 0.0,
    n_best: int = 1,
) -> list[list[Hypothesis]]:
    """Search with the `width` best hypotheses of each sentence.

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
    width : int, default 5
        How many hypotheses to follow.
    length_penalty : float, default 0
        The exponent alpha in score = log-probability / ((5 + length) / 6) ** alpha, where the end counts
        (Y. Wu et al., Google's neural machine translation system, 2016, arXiv 1609.08144, equation 14).
    n_best : int, default 1
        How many answers to return for each sentence.

    Returns
    -------
    list of list of Hypothesis
        For each sentence its answers, best first; at least one, at most `n_best`.

    Raises
    ------
    ValueError
        If `width` is less than one or than `n_best`.
    """
    if width < 1 or not 1 <= n_best <= width:
        raise ValueError(f"beam_search expected 1 <= n_best <= width, but got n_best {n_best} and width {width}")

    def hypothesis(tokens: np.ndarray, total: float, finished: bool) -> Hypothesis:
        length = len(tokens) + finished
        return Hypothesis(tokens.tolist(), total, total / ((5 + length) / 6) ** length_penalty, finished)

    answers = [_Answers(width) for _ in range(count)]
    open_rows = np.arange(count)
    beam, last = _Beam(count, width, begin), np.full((count, 1), begin)
    for length in range(max_length + 1):
        log_probs, state = step(last, memory, state)
        totals, beams, symbols = beam.candidates(np.asarray(log_probs, dtype=np.float64))
        ends = symbols == end
        for row, place in zip(*np.nonzero(ends[:, :width] & np.isfinite(totals[:, :width]))):
            tokens = beam.tokens[row, beams[row, place], 1:]
            answers[open_rows[row]].add(hypothesis(tokens, float(totals[row, place]), True))
        if length == max_length:
            break
        chosen = beam.advance(totals, beams, symbols, ends)
        best_open = beam.log_probs.max(axis=1) / ((5 + length + 2) / 6) ** length_penalty
        kept = np.flatnonzero([not answers[i].complete(best) for i, best in zip(open_rows, best_open)])
        if not len(kept):
            break
        state = take_beams(state, chosen)
        if len(kept) < len(open_rows):
            open_rows, memory, state = open_rows[kept], take_rows(memory, kept), take_rows(state, kept)
            beam.keep(kept)
        last = beam.tokens[:, :, -1]
    for row, i in enumerate(open_rows):  # sentences the limit cut off
        if not answers[i].found:
            best = int(beam.log_probs[row].argmax())
            answers[i].add(hypothesis(beam.tokens[row, best, 1:], float(beam.log_probs[row, best]), False))
    return [answer.found[:n_best] for answer in answers]
