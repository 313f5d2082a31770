"""Drawing a few of many labelled examples, as if no more had been labelled."""

from __future__ import annotations

import numpy as np

from chainrule.errors import DataError
from chainrule.random import Generator

__all__ = ["some_rows", "stratified_rows"]


def stratified_rows(labels: np.ndarray, count: int, generator: Generator, what: str = "examples") -> np.ndarray:
    """Draw examples such that each label has its share, and at least one.

    Parameters
    ----------
    labels : ndarray of int, shape (N,)
        The label of each example.
    count : int
        How many to draw.
    generator : Generator
        Draws them; the same one draws few that are among the many.
    what : str
        What the examples are, for the message.

    Returns
    -------
    ndarray of int, shape (min(count, N),)
        Their rows, in the order drawn.

    Raises
    ------
    DataError
        When there are more labels than `count`.
    """
    found, rank = np.unique(labels, return_inverse=True)
    if count < len(found):
        raise DataError(f"{count} {what} cannot have all of {len(found)} labels; take at least {len(found)}")
    order = generator.permutation(len(labels))
    # The place of each example among those of its label, over how many those are: the smallest come first.
    place = np.empty(len(labels))
    for label in range(len(found)):
        members = order[rank[order] == label]
        place[members] = np.arange(len(members)) / len(members)
    return order[np.argsort(place[order], kind="stable")][:count]


def some_rows(total: int, count: int, generator: Generator) -> np.ndarray:
    """Draw examples that have no labels to be shared among.

    Parameters
    ----------
    total : int
        How many examples there are.
    count : int
        How many to draw.
    generator : Generator
        Draws them; the same one draws few that are among the many.

    Returns
    -------
    ndarray of int, shape (min(count, total),)
        Their rows, rising.
    """
    return np.sort(generator.permutation(total)[:count])
