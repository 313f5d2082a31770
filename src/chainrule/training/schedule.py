"""The learning rate at every step, as a function of the step alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chainrule.training.config import TrainingSettings
from chainrule.training.stages import Stage

__all__ = ["Pace", "learning_rate"]


@dataclass(frozen=True)
class Pace:
    """How the rate of one group of parameters differs from that of the run.

    Attributes
    ----------
    scale : float
        What the rate is multiplied by.
    start : int
        Before this step of the run the group stands still.
    """

    scale: float = 1.0
    start: int = 0

    def rate(self, rate: float, step: int) -> float:
        """Return the learning rate of the group.

        Parameters
        ----------
        rate : float
            That of the run.
        step : int
            Number of steps done.

        Returns
        -------
        float
            The rate of the next step.
        """
        return rate * self.scale if step >= self.start else 0.0


def learning_rate(settings: TrainingSettings, stage: Stage, step: int) -> float:
    """Return the learning rate of one step.

    It rises linearly over ``warmup_steps``, stays, and falls over the last ``decay_fraction`` of the stage.
    Neither the rise nor the steps that were taken before the stage's length was known depend on that length.

    Parameters
    ----------
    settings : TrainingSettings
        The highest rate and the shape of its course.
    stage : Stage
        The stage that the step belongs to.
    step : int
        Number of steps done in the whole run.

    Returns
    -------
    float
        The rate of the next step.
    """
    position = step - stage.start
    rise = min(1.0, (position + 1) / (settings.warmup_steps + 1))
    return settings.learning_rate * rise * _remaining(settings, stage, position)


def _remaining(settings: TrainingSettings, stage: Stage, position: int) -> float:
    if stage.length is None or settings.decay == "constant":
        return 1.0
    begin = max(stage.held, round(stage.length * (1 - settings.decay_fraction)))
    if position < begin:
        return 1.0
    done = (position - begin + 1) / (stage.length - begin + 1)
    if settings.decay == "cosine":
        return (1 + math.cos(math.pi * done)) / 2
    return 1 - done
