"""How often words got the right tag, tag by tag, and how many of the parts that tags mark were found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Retrieval", "Span", "marks_spans", "retrieval_of_spans", "retrieval_of_tags", "spans_of"]

_IOB = re.compile(r"O|[BI]-.+")


class Retrieval(NamedTuple):
    """How much of what there is was found, and how much of what was found is there.

    Attributes
    ----------
    right : int
        How many were found where they are.
    found : int
        How many were found.
    there : int
        How many there are.
    """

    right: int
    found: int
    there: int

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 0 where nothing was found."""
        return self.right / max(self.found, 1)

    @property
    def recall(self) -> float:
        """The share of what is there that was found; 0 where nothing is there."""
        return self.right / max(self.there, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of both, ``2 right / (found + there)``."""
        return 2 * self.right / max(self.found + self.there, 1)


class Span(NamedTuple):
    """Some neighbouring words of one kind, such as the name of a person.

    Attributes
    ----------
    kind : str
        What they are.
    start : int
        The place of the first word.
    stop : int
        The place behind the last.
    """

    kind: str
    start: int
    stop: int


def retrieval_of_tags(found: np.ndarray, there: np.ndarray, count: int) -> list[Retrieval]:
    """Count for each tag how often it was found and is there.

    Parameters
    ----------
    found : ndarray of int, shape (N,)
        The tag that each word was given.
    there : ndarray of int, shape (N,)
        The tag that it has.
    count : int
        How many tags there are.

    Returns
    -------
    list of Retrieval
        One a tag.
    """
    counts = (np.bincount(tags, minlength=count).tolist() for tags in (there[found == there], found, there))
    return [Retrieval(*row) for row in zip(*counts, strict=True)]


def marks_spans(tags: Iterable[str]) -> bool:
    """Tell whether tags mark spans: each is ``O``, or ``B-`` or ``I-`` and a kind, and there is one with a kind.

    Parameters
    ----------
    tags : iterable of str
        All tags of a data set.

    Returns
    -------
    bool
        Whether `spans_of` makes sense of them.
    """
    tags = set(tags)
    return all(map(_IOB.fullmatch, tags)) and bool(tags - {"O"})


def spans_of(tags: Sequence[str]) -> list[Span]:
    """Read the spans that the tags of a sentence mark (IOB2: L. Ramshaw and M. Marcus, 1995; E. Tjong Kim Sang, 2002).

    ``B-kind`` begins a span and ``I-kind`` goes on with it. As in CoNLL's own evaluation, an ``I-kind`` that has
    nothing to go on with begins one.

    Parameters
    ----------
    tags : sequence of str
        One a word.

    Returns
    -------
    list of Span
        In their order.
    """
    spans: list[Span] = []
    for place, tag in enumerate(tags):
        mark, _, kind = tag.partition("-")
        if mark == "I" and spans and spans[-1].kind == kind and spans[-1].stop == place:
            spans[-1] = spans[-1]._replace(stop=place + 1)
        elif mark in ("B", "I"):
            spans.append(Span(kind, place, place + 1))
    return spans


def retrieval_of_spans(found: Iterable[Sequence[str]], there: Iterable[Sequence[str]]) -> dict[str, Retrieval]:
    """Count the spans that were found; one is right if its kind and both of its ends are.

    Parameters
    ----------
    found : iterable of sequence of str
        The tags that the words of each sentence were given.
    there : iterable of sequence of str
        The tags that they have.

    Returns
    -------
    dict of str to Retrieval
        By their kinds, sorted.
    """
    counts: dict[str, np.ndarray] = {}
    for answer, right in zip(found, there, strict=True):
        ours, theirs = set(spans_of(answer)), set(spans_of(right))
        for column, spans in enumerate((ours & theirs, ours, theirs)):
            for span in spans:
                counts.setdefault(span.kind, np.zeros(3, np.int64))[column] += 1
    return {kind: Retrieval(*counts[kind].tolist()) for kind in sorted(counts)}
