"""How long a run lasts: one stage for the first training, one more for each extension.

A stage given in minutes is open while its first steps are timed, and one given in epochs until the data is at hand;
then its length is fixed for good. The stages stand in the run's ``config.json``, so that a repeated run takes the same
steps at the same rates.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.errors import CheckpointError

__all__ = ["Plan", "Stage"]


@dataclass(frozen=True)
class Stage:
    """One learning-rate schedule from its first step to its last.

    Attributes
    ----------
    start : int
        Number of steps done before it.
    length : int or None
        Number of steps the schedule is made for; None while they are being timed, or not counted yet.
    held : int
        Number of steps that were taken before the length was known, without any decay.
    minutes : float or None
        How long it is to last, if that is what the user gave.
    stop : int or None
        Number of steps done when it was cut short for the next stage.
    epochs : int or None
        How many times it is to go through the data, if that is what the user gave.
    """

    start: int
    length: int | None
    held: int = 0
    minutes: float | None = None
    stop: int | None = None
    epochs: int | None = None

    @property
    def full_end(self) -> int | None:
        """The step at which its schedule ends."""
        return None if self.length is None else self.start + self.length

    @property
    def end(self) -> int | None:
        """The step at which it really ends; None while it is open."""
        return self.full_end if self.stop is None else self.stop


@dataclass(frozen=True)
class Plan:
    """The stages of a run, in order; each starts where the one before it ends.

    Attributes
    ----------
    stages : tuple of Stage
        At least one.
    """

    stages: tuple[Stage, ...]

    @property
    def last(self) -> Stage:
        """The stage in which the run ends."""
        return self.stages[-1]

    def stage_at(self, step: int) -> Stage:
        """Return the stage that the next step belongs to.

        Parameters
        ----------
        step : int
            Number of steps done.

        Returns
        -------
        Stage
            The last one when all are done.
        """
        for stage in self.stages:
            if stage.end is None or step < stage.end:
                return stage
        return self.last

    def fixed(self, length: int, held: int) -> Plan:
        """Fix the length of the last stage.

        Parameters
        ----------
        length : int
            Number of steps.
        held : int
            How many of them are done.

        Returns
        -------
        Plan
            The plan without an open stage.
        """
        return Plan((*self.stages[:-1], dataclasses.replace(self.last, length=length, held=held)))

    def extended(self, step: int, *, length: int | None, minutes: float | None) -> Plan:
        """Cut the last stage here and add another.

        Parameters
        ----------
        step : int
            Number of steps done.
        length : int or None
            Number of further steps, or None where they are to be timed.
        minutes : float or None
            How long the new stage is to last.

        Returns
        -------
        Plan
            The longer plan.
        """
        cut = self.last if self.last.full_end == step else dataclasses.replace(self.last, stop=step)
        kept = (*self.stages[:-1], cut) if step > self.last.start else self.stages[:-1]
        return Plan((*kept, Stage(step, length, minutes=minutes)))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the stages for a JSON file.

        Returns
        -------
        list of dict
            One entry a stage.
        """
        return [dataclasses.asdict(stage) for stage in self.stages]

    @classmethod
    def from_json(cls, entries: Sequence[Mapping[str, Any]], owner: str) -> Plan:
        """Read the stages of a JSON file.

        Parameters
        ----------
        entries : list of dict
            The result of `to_json`.
        owner : str
            Which file, for the message.

        Returns
        -------
        Plan
            The plan.

        Raises
        ------
        CheckpointError
            When an entry is not a stage.
        """
        try:
            stages = tuple(Stage(**entry) for entry in entries)
        except TypeError as error:
            raise CheckpointError(f"{owner} is damaged: one of its stages is not readable ({error})") from None
        if not stages:
            raise CheckpointError(f"{owner} is damaged: it has no stages")
        return cls(stages)
