"""Sampling: symbols drawn by their probabilities, step after step."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.decoding.filters import Filter
from chainrule.decoding.following import follow
from chainrule.decoding.hypothesis import Hypothesis, Step
from chainrule.random import Generator

__all__ = ["sample"]


def sample(
    step: Step,
    memory: Any,
    state: Any,
    *,
    generator: Generator,
    count: int,
    begin: int,
    end: int,
    max_length: int | np.ndarray,
    samples: int = 1,
    filters: Sequence[Filter] = (),
    sentences: np.ndarray | None = None,
) -> list[list[Hypothesis]]:
    """Draw answers for each sentence, the same ones whatever other sentences there are.

    `Temperature`, `TopK` and `TopP` are filters that change what is drawn from.

    Parameters
    ----------
    step : Step
        The decoder's step.
    memory : tree of arrays
        One row a sentence, (N, ...).
    state : tree of arrays
        The decoder's state before the first symbol, (N, 1, ...).
    generator : Generator
        Draws the symbols; what a sentence gets depends on its number and on where the generator stands.
    count : int
        N, the number of sentences.
    begin, end : int
        The symbols that mark beginning and end.
    max_length : int or ndarray of int, shape (N,)
        The most symbols an answer may have.
    samples : int, default 1
        How many answers each sentence is to have.
    filters : sequence of Filter
        What may be written and how likely it is made.
    sentences : ndarray of int, shape (N,), optional
        The numbers of the sentences, for filters and draws; 0, 1, ... by default.

    Returns
    -------
    list of list of Hypothesis
        For each sentence its answers in the order drawn; they are scored by the model's own log-probability.

    Raises
    ------
    ValueError
        If `samples` is less than one.
    """
    if samples < 1:
        raise ValueError(f"sample expected samples of at least 1, but got {samples}")
    numbers = np.arange(count) if sentences is None else sentences
    places = int(np.max(max_length, initial=0)) + 1
    # Word after word for an example, whatever the limit: a longer one only adds draws behind.
    words = generator.words(numbers, 2 * places * samples).reshape(count, places, samples, 2).astype(np.float64)
    uniform = ((words[..., 0] // 32) * 2.0**26 + words[..., 1] // 64) * 2.0**-53  # 53 bits each
    row_of = {int(number): row for row, number in enumerate(numbers)}

    def draw(scores: np.ndarray, place: int, open_sentences: np.ndarray) -> np.ndarray:
        rows = [row_of[int(number)] for number in open_sentences]
        return _inverse(scores, uniform[rows, place])

    return follow(
        step,
        memory,
        state,
        draw,
        count=count,
        width=samples,
        begin=begin,
        end=end,
        max_length=max_length,
        filters=filters,
        sentences=numbers,
    )


def _inverse(scores: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """The symbol at which the cumulative probability of scores (n, W, V) passes uniform numbers (n, W)."""
    best = np.maximum(scores.max(axis=-1, keepdims=True), -np.finfo(scores.dtype).max)
    cumulative = np.cumsum(np.exp((scores - best).astype(np.float64)), axis=-1)
    passed = cumulative > (uniform * cumulative[..., -1])[..., None]
    return passed.argmax(axis=-1)
