"""Whether a system has more than one answer: different words, and its favourite reply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from chainrule.errors import DataError

__all__ = ["Diversity", "distinct", "diversity"]


@dataclass(frozen=True)
class Diversity:
    """How varied some replies are.

    Parameters
    ----------
    distinct_1 : float
        Different words over all words.
    distinct_2 : float
        Different pairs of neighbouring words over all such pairs.
    different : int
        How many different replies there are.
    commonest : str
        The commonest reply.
    commonest_share : float
        The share of all replies that are this one.
    """

    distinct_1: float
    distinct_2: float
    different: int
    commonest: str
    commonest_share: float


def distinct(sequences: Sequence[Sequence[Hashable]], n: int) -> float:
    """Divide the different n-grams of some sequences by all of them (J. Li et al., 2016, section 5.2).

    Parameters
    ----------
    sequences : sequence of sequence of hashable
        Such as the words of each reply.
    n : int
        The length of an n-gram.

    Returns
    -------
    float
        Between 0 and 1; 0 where there is none.
    """
    grams = Counter(tuple(s[i : i + n]) for s in sequences for i in range(len(s) - n + 1))
    return len(grams) / grams.total() if grams else 0.0


def diversity(replies: Sequence[str]) -> Diversity:
    """Measure how varied replies are; words are what stands between spaces.

    Parameters
    ----------
    replies : sequence of str
        The replies to different inputs.

    Returns
    -------
    Diversity
        The measures.

    Raises
    ------
    DataError
        When there is no reply.
    """
    if not replies:
        raise DataError("diversity: expected at least one reply, got none")
    words = [reply.split() for reply in replies]
    counts = Counter(replies)
    commonest = min(counts, key=lambda reply: (-counts[reply], reply))
    return Diversity(distinct(words, 1), distinct(words, 2), len(counts), commonest, counts[commonest] / len(replies))
