"""What a search takes and what it returns."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


class Step(Protocol):
    """One step of a decoder.

    Called with the last symbols (N, W), the memory and the state, it returns the log-probabilities of the next
    symbols (N, W, V) and the next state.
    """

    def __call__(self, tokens: np.ndarray, memory: Any, state: Any) -> tuple[Any, Any]: ...


@dataclass(frozen=True)
class Hypothesis:
    """One answer of a search.

    Attributes
    ----------
    tokens : list of int
        The symbols, without those that mark beginning and end.
    log_probability : float
        The natural logarithm of the probability of these symbols, the end included.
    score : float
        What answers are ranked by: the log-probability over the length penalty.
    finished : bool
        False if the length limit cut it off.
    """

    tokens: list[int]
    log_probability: float
    score: float
    finished: bool
