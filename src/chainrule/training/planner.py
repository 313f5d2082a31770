"""From minutes to a number of steps: time a few real steps, then fix it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Costs", "StepTimer", "steps_for"]


@dataclass(frozen=True)
class Costs:
    """What the parts of a run cost on this machine, in seconds.

    Attributes
    ----------
    step : float
        One training step.
    evaluation : float
        One measurement on the development set.
    saving : float
        One checkpoint.
    """

    step: float
    evaluation: float
    saving: float


@dataclass
class StepTimer:
    """Times the first steps of a stage.

    The first few are left out: kernels are compiled and caches filled in them. The others must make up a
    share of the budget, since batches of short and of long sequences take turns.

    Parameters
    ----------
    budget : float
        How long the stage is to last, in seconds.
    """

    budget: float
    _seconds: list[float] = field(default_factory=list)

    _SETTLE = 5
    _FEWEST = 10
    _SHARE = 0.04

    def add(self, seconds: float) -> None:
        """Note one step.

        Parameters
        ----------
        seconds : float
            What it took.
        """
        self._seconds.append(seconds)

    @property
    def ready(self) -> bool:
        """Whether enough steps were timed; always so once half of the budget is gone."""
        timed = self._seconds[self._SETTLE :]
        enough = len(timed) >= self._FEWEST and sum(timed) >= self._SHARE * self.budget
        return enough or sum(self._seconds) >= self.budget / 2

    @property
    def step_seconds(self) -> float:
        """The mean of the timed steps."""
        timed = self._seconds[self._SETTLE :] or self._seconds[-1:]
        return sum(timed) / len(timed)


def steps_for(remaining: float, costs: Costs, *, evaluate_every: int, save_every: float) -> int:
    """Say how many further steps fit into the time that remains.

    Parameters
    ----------
    remaining : float
        Seconds left of the budget.
    costs : Costs
        What was measured.
    evaluate_every : int
        Steps between two evaluations; there is also one at the end.
    save_every : float
        Seconds between two checkpoints; there is also one at the end.

    Returns
    -------
    int
        Number of steps; 0 when the time is over.
    """
    usable = remaining - costs.evaluation - costs.saving
    a_step = costs.step + costs.evaluation / evaluate_every
    a_step += costs.saving * (a_step / save_every if save_every > a_step else 1.0)
    return max(0, int(usable / a_step))
