"""Beam search, for a batch of sentences at once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.decoding.filters import Filter, Written, filtered, forbidden_symbols
from chainrule.decoding.hypothesis import Hypothesis, Step
from chainrule.decoding.rows import take_beams, take_rows
from chainrule.decoding.unwritten import Unwritten
from chainrule.kernels import select


class _Candidates(NamedTuple):
    """Continuations of hypotheses, best first, each (N, C)."""

    scores: np.ndarray  # what they are chosen by
    log_probs: np.ndarray  # of the model
    beams: np.ndarray  # the hypotheses that they continue
    symbols: np.ndarray
    ends: np.ndarray  # whether the symbol marks the end

    def take(self, order: np.ndarray) -> "_Candidates":
        rows = np.arange(len(order))[:, None]
        return _Candidates(*(part[rows, order] for part in self))


class _Beam:
    """The open hypotheses of the sentences still searched: tokens (N, W, t), scores and log-probabilities (N, W).

    At the start only the first of the W is alive; the others wait at minus infinity.
    """

    def __init__(self, count: int, width: int, begin: int, end: int):
        self.tokens = np.full((count, 1, 1), begin)
        self.scores = np.zeros((count, 1))
        self.log_probs = np.zeros((count, 1))
        self.width, self.end = width, end

    def candidates(self, log_probs: Any, filters: Sequence[Filter], sentences: np.ndarray) -> _Candidates:
        """The best 2W continuations: at most W of them can be ends, so W open ones remain."""
        count, beams, symbols = log_probs.shape
        # Relative to the sentence's best, so that single precision is enough to compare by.
        best = np.maximum(self.scores.max(axis=1, keepdims=True), -np.finfo(np.float32).max)
        offsets = (self.scores - best).astype(log_probs.dtype)
        most = min(2 * self.width, beams * symbols)
        never = forbidden_symbols(filters, self.tokens.shape[-1] - 1)
        if isinstance(log_probs, Unwritten) and never is not None:
            places, gains = log_probs.largest(offsets, most, never)
            return self._continued(places, symbols, gains, gains)
        log_probs = np.asarray(log_probs)
        scores = filtered(log_probs, Written(self.tokens[:, :, 1:], sentences), filters)
        places = select(scores).largest_sums(offsets, scores, most)
        gains, of_model = (np.take_along_axis(x.reshape(count, -1), places, axis=1) for x in (scores, log_probs))
        return self._continued(places, symbols, gains, of_model)

    def _continued(self, places: np.ndarray, symbols: int, gains: np.ndarray, log_probs: np.ndarray) -> _Candidates:
        """Continuations, each (N, C), by their places among W hypotheses with so many symbols each."""
        (beams, written), rows = np.divmod(places, symbols), np.arange(len(places))[:, None]
        scores, totals = self.scores[rows, beams] + gains, self.log_probs[rows, beams] + log_probs
        return _Candidates(scores, totals, beams, written, written == self.end)

    def advance(self, candidates: _Candidates) -> np.ndarray:
        """Continue with the best W candidates that do not end; returns which hypotheses they continue (N, W)."""
        chosen = candidates.take(np.argsort(candidates.ends, axis=1, kind="stable")[:, : self.width])
        self.scores = np.where(chosen.ends, -np.inf, chosen.scores)
        self.log_probs = chosen.log_probs
        history = self.tokens[np.arange(len(chosen.beams))[:, None], chosen.beams]
        self.tokens = np.concatenate([history, chosen.symbols[:, :, None]], axis=2)
        return chosen.beams

    def keep(self, rows: np.ndarray) -> None:
        self.tokens, self.scores, self.log_probs = self.tokens[rows], self.scores[rows], self.log_probs[rows]


class _Answers:
    """The finished hypotheses of one sentence, at most `width`, best first."""

    def __init__(self, width: int, length_penalty: float):
        self.width, self.length_penalty = width, length_penalty
        self.found: list[Hypothesis] = []

    def add(self, tokens: np.ndarray, score: float, log_prob: float, finished: bool) -> None:
        score /= _penalty(len(tokens) + finished, self.length_penalty)
        self.found.append(Hypothesis(tokens.tolist(), log_prob, score, finished))
        self.found.sort(key=lambda h: -h.score)
        del self.found[self.width :]

    @property
    def to_beat(self) -> float:
        """What another one must score to be among them."""
        return self.found[-1].score if len(self.found) == self.width else -np.inf


def _penalty(length: int, exponent: float) -> float:
    return ((5 + length) / 6) ** exponent


@no_grad()
def beam_search(
    step: Step,
    memory: Any,
    state: Any,
    *,
    count: int,
    begin: int,
    end: int,
    max_length: int | np.ndarray,
    width: int = 5,
    length_penalty: float = 0.0,
    n_best: int = 1,
    filters: Sequence[Filter] = (),
    sentences: np.ndarray | None = None,
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
    max_length : int or ndarray of int, shape (N,)
        The most symbols an answer may have.
    width : int, default 5
        How many hypotheses to follow.
    length_penalty : float, default 0
        The exponent alpha in score = log-probability / ((5 + length) / 6) ** alpha, where the end counts
        (Y. Wu et al., Google's neural machine translation system, 2016, arXiv 1609.08144, equation 14).
    n_best : int, default 1
        How many answers to return for each sentence.
    filters : sequence of Filter
        What may be written.
    sentences : ndarray of int, shape (N,), optional
        The numbers of the sentences, for the filters; 0, 1, ... by default.

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
    limits = np.broadcast_to(np.asarray(max_length), (count,))
    numbers = np.arange(count) if sentences is None else sentences
    answers = [_Answers(width, length_penalty) for _ in range(count)]
    rows, beam, last = np.arange(count), _Beam(count, width, begin, end), np.full((count, 1), begin)
    to_beat, length = np.full(count, -np.inf), 0
    while len(rows):
        log_probs, state = step(last, memory, state)
        found = beam.candidates(log_probs, filters, numbers[rows])
        for row, place in zip(*np.nonzero(found.ends[:, :width] & np.isfinite(found.scores[:, :width]))):
            tokens = beam.tokens[row, found.beams[row, place], 1:]
            answers[rows[row]].add(tokens, float(found.scores[row, place]), float(found.log_probs[row, place]), True)
            to_beat[rows[row]] = answers[rows[row]].to_beat
        stuck = np.isneginf(np.where(found.ends, -np.inf, found.scores).max(axis=1))
        for row in np.flatnonzero(stuck | (limits[rows] == length)):
            if not answers[rows[row]].found:  # cut off by the limit, or nothing may follow
                best = int(beam.scores[row].argmax())
                tokens = beam.tokens[row, best, 1:]
                answers[rows[row]].add(tokens, float(beam.scores[row, best]), float(beam.log_probs[row, best]), False)
        chosen = beam.advance(found)
        length += 1
        # A sentence is complete when no open hypothesis, scored as if it ended now, would be among its answers.
        best_open = beam.scores.max(axis=1) / _penalty(length + 1, length_penalty)
        kept = np.flatnonzero((limits[rows] >= length) & (best_open > to_beat[rows]))
        if not len(kept):
            break
        last, state = beam.tokens[:, :, -1], take_beams(state, chosen)
        if len(kept) < len(rows):
            rows, last = rows[kept], last[kept]
            memory, state = take_rows(memory, kept), take_rows(state, kept)
            beam.keep(kept)
    return [answer.found[:n_best] for answer in answers]
