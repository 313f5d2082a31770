"""Learning curves: a score by the number of labelled examples, for several ways to begin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from chainrule.metrics import student_interval

__all__ = ["LearningCurves", "Repeated"]


@dataclass(frozen=True)
class Repeated:
    """The same measurement from several seeds.

    Attributes
    ----------
    values : tuple of float
        One a seed.
    """

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean over seeds."""
        return math.fsum(self.values) / len(self.values)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mean, by Student's t."""
        return student_interval(self.values)


@dataclass(frozen=True)
class LearningCurves:
    """Scores by the number of labelled examples.

    Attributes
    ----------
    score : str
        What was measured, such as ``"accuracy"``.
    per_cent : bool
        Whether scores are fractions, to be shown in per cent.
    lower_is_better : bool
        Whether a smaller score is the better one.
    arms : mapping of str to mapping of int to mapping of int to float
        For each way to begin and each number of examples the score of each seed.
    """

    score: str
    per_cent: bool
    lower_is_better: bool
    arms: Mapping[str, Mapping[int, Mapping[int, float]]]

    @property
    def amounts(self) -> list[int]:
        """The numbers of examples, rising."""
        return sorted({examples for points in self.arms.values() for examples in points})

    def point(self, arm: str, examples: int) -> Repeated | None:
        """Return the scores of a way to begin.

        Parameters
        ----------
        arm : str
            The way to begin.
        examples : int
            The number of examples.

        Returns
        -------
        Repeated or None
            None where nothing was measured yet.
        """
        found = self.arms[arm].get(examples, {})
        return Repeated(tuple(found[seed] for seed in sorted(found))) if found else None

    def difference(self, arm: str, other: str, examples: int) -> Repeated | None:
        """Compare two ways to begin seed by seed: equal seeds drew the same examples.

        Parameters
        ----------
        arm, other : str
            The two ways.
        examples : int
            The number of examples.

        Returns
        -------
        Repeated or None
            The scores of `arm` less those of `other`; None where no seed has both.
        """
        first, second = self.arms[arm].get(examples, {}), self.arms[other].get(examples, {})
        both = sorted(first.keys() & second.keys())
        return Repeated(tuple(first[seed] - second[seed] for seed in both)) if both else None
