"""How far a predicted sequence is from the right one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rapidfuzz.distance import Levenshtein

__all__ = ["closest_reference", "edit_distance"]


def edit_distance(prediction: Sequence[Hashable], reference: Sequence[Hashable]) -> int:
    """Count the insertions, deletions and substitutions that turn one sequence into the other (Levenshtein).

    Parameters
    ----------
    prediction : sequence of hashable
        Symbols, or numbers that stand for them.
    reference : sequence of hashable
        The same.

    Returns
    -------
    int
        The least number of such steps.
    """
    return int(Levenshtein.distance(prediction, reference))


def closest_reference(
    prediction: Sequence[Hashable], references: Sequence[Sequence[Hashable]]
) -> tuple[int, Sequence[Hashable]]:
    """Find the reference with the smallest edit distance.

    Parameters
    ----------
    prediction : sequence of hashable
        The predicted symbols.
    references : sequence of sequence of hashable
        The answers that count as right, at least one.

    Returns
    -------
    distance : int
        The smallest distance.
    reference : sequence of hashable
        The first reference that has it.
    """
    distances = [edit_distance(prediction, reference) for reference in references]
    best = min(distances)
    return best, references[distances.index(best)]
