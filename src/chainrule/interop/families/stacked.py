"""Arrays that are one here and several in published files: queries, keys and values of attention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from chainrule.interop.families.family import Arrival

__all__ = ["stacked", "unstacked"]

_NUMBERS = ("#0", "#1", "#2")


def stacked(arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
    """Put ``name#0``, ``name#1`` and ``name#2`` on top of each other as ``name``.

    Parameters
    ----------
    arrivals : iterable of Arrival
        In any order; a stack that lacks a part is left out.

    Yields
    ------
    Arrival
        The stacks, and all others as they came.
    """
    waiting: dict[str, dict[str, Arrival]] = {}
    for arrival in arrivals:
        name, number = arrival.name[:-2], arrival.name[-2:]
        if number not in _NUMBERS:
            yield arrival
            continue
        parts = waiting.setdefault(name, {})
        parts[number] = arrival
        if len(parts) == len(_NUMBERS):
            ordered = [parts[number] for number in _NUMBERS]
            origins = tuple(origin for part in ordered for origin in part.origins)
            yield Arrival(name, np.concatenate([part.array for part in ordered]), origins, "three in one")


def unstacked(arrays: Mapping[str, np.ndarray], ending: str) -> dict[str, np.ndarray]:
    """Take stacks apart again.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        A model's arrays.
    ending : str
        The names of stacks end in this and one word, such as ``in_proj_``.

    Returns
    -------
    dict of str to ndarray
        The same, with three arrays for a stack.
    """
    apart: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if name.rpartition("_")[0].endswith(ending):
            apart.update(zip((name + number for number in _NUMBERS), np.split(array, len(_NUMBERS))))
        else:
            apart[name] = array
    return apart
