"""A record of a beam search: at each step which hypotheses were kept, which ended and which were dropped.

The search itself is left as it is. A recorder stands between it and the model's step, and adds to the state of each
hypothesis the number of its row; as the search rearranges states, these numbers tell who continues whom.
"""

from typing import Any, NamedTuple

import numpy as np

from chainrule.data.tokenizers import BOS, EOS, PAD, UNK


class Path(NamedTuple):
    """A hypothesis: an answer as far as it is written.

    Attributes
    ----------
    symbols : tuple of int
        Its symbols; one that ended has the symbol that marks the end.
    log_probabilities : tuple of float
        Of each symbol, given those before it.
    """

    symbols: tuple[int, ...]
    log_probabilities: tuple[float, ...]

    @property
    def parent(self) -> tuple[int, ...]:
        """The symbols of the hypothesis that it continues."""
        return self.symbols[:-1]

    @property
    def total(self) -> float:
        """The logarithm of its probability."""
        return sum(self.log_probabilities)


class Round(NamedTuple):
    """One step of a search.

    Attributes
    ----------
    kept : list of Path
        What it goes on with, best first.
    ended : list of Path
        What was complete.
    dropped : list of Path
        The best of those that were let go.
    """

    kept: list[Path]
    ended: list[Path]
    dropped: list[Path]


class Recorder:
    """A model whose steps are written down, for the search of one sentence.

    Parameters
    ----------
    model : Module
        An encoder-decoder with ``start_search`` and ``decoder.step``.
    """

    def __init__(self, model: Any):
        self._model, self.decoder = model, self
        self._steps: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def start_search(self, source: Any, source_lengths: Any) -> tuple[Any, Any]:
        """Prepare a search, with the rows' numbers in its state."""
        memory, state = self._model.start_search(source, source_lengths)
        return memory, (state, np.zeros((1, 1), np.int64))

    def step(self, tokens: Any, memory: Any, state: Any) -> tuple[Any, Any]:
        """Take the model's step and write it down."""
        inner, parents = state
        log_probs, inner = self._model.decoder.step(tokens, memory, inner)
        possible = np.array(log_probs, dtype=np.float64)[0]  # (W, V)
        possible[:, [PAD, BOS, UNK]] = -np.inf  # which are never answered
        self._steps.append((np.asarray(tokens)[0], np.asarray(parents)[0], possible))
        return log_probs, (inner, np.arange(len(possible))[None])

    def rounds(self, width: int) -> list[Round]:
        """What the search did, of which `width` was the width."""
        found, open_paths = [], [Path((), ())]
        for place, (_, _, log_probs) in enumerate(self._steps):
            best = _continuations(open_paths, log_probs, 2 * width)
            following = self._steps[place + 1] if place + 1 < len(self._steps) else None
            kept = [] if following is None else _continued(open_paths, log_probs, following)
            ended = [path for path in best[:width] if path.symbols[-1] == EOS]
            gone = {path.symbols for path in (*kept, *ended)}
            dropped = [path for path in best if path.symbols not in gone and path.symbols[-1] != EOS]
            found.append(Round([path for path in kept if np.isfinite(path.total)], ended, dropped))
            open_paths = kept
        return found


def _continuations(paths: list[Path], log_probs: np.ndarray, count: int) -> list[Path]:
    """The best of all, best first."""
    totals = np.array([path.total for path in paths])[:, None] + log_probs
    order = np.argsort(-totals, axis=None, kind="stable")[:count]
    places = [divmod(int(place), log_probs.shape[1]) for place in order if np.isfinite(totals.flat[place])]
    return [_extended(paths[row], symbol, log_probs[row, symbol]) for row, symbol in places]


def _continued(paths: list[Path], log_probs: np.ndarray, following: tuple) -> list[Path]:
    """Those that the next step was asked about."""
    tokens, parents, _ = following
    return [_extended(paths[row], int(symbol), log_probs[row, symbol]) for symbol, row in zip(tokens, parents)]


def _extended(path: Path, symbol: int, log_probability: float) -> Path:
    return Path((*path.symbols, symbol), (*path.log_probabilities, float(log_probability)))
