"""Greedy search: the likeliest symbol, step after step."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.decoding.filters import Filter
from chainrule.decoding.following import follow
from chainrule.decoding.hypothesis import Hypothesis, Step

__all__ = ["greedy_search"]


def greedy_search(
    step: Step,
    memory: Any,
    state: Any,
    *,
    count: int,
    begin: int,
    end: int,
    max_length: int | np.ndarray,
    filters: Sequence[Filter] = (),
    sentences: np.ndarray | None = None,
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
    max_length : int or ndarray of int, shape (N,)
        The most symbols an answer may have.
    filters : sequence of Filter
        What may be written.
    sentences : ndarray of int, shape (N,), optional
        The numbers of the sentences, for the filters; 0, 1, ... by default.

    Returns
    -------
    list of Hypothesis
        One for each sentence.
    """
    found = follow(
        step,
        memory,
        state,
        lambda scores, place, rows: scores.argmax(axis=-1),
        count=count,
        width=1,
        begin=begin,
        end=end,
        max_length=max_length,
        filters=filters,
        sentences=sentences,
    )
    return [answers[0] for answers in found]
