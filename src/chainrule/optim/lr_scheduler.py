"""Schedulers: each sets the learning rates of an optimiser, and is asked to go on after every step."""

from typing import Any

import numpy as np

from chainrule.optim import schedules
from chainrule.optim.cells import Cell, StepCount, as_number
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.plateau import ReduceLROnPlateau

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "LRScheduler",
    "LinearDecay",
    "LinearWarmup",
    "ReduceLROnPlateau",
]


class LRScheduler:
    """Multiplies each group's learning rate with a factor that depends on the number of steps done.

    A subclass defines `factor`. The rates at the time of making are those that are multiplied.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates to set. The first is set at once.
    """

    def __init__(self, optimizer: Optimizer):
        self.optimizer = optimizer
        self.base_lrs = [float(group["lr"]) for group in optimizer.param_groups]
        self._done = StepCount()
        self._set_rates()

    def factor(self, step: Any) -> Any:
        """Return what to multiply the rates by.

        Parameters
        ----------
        step : int or Array
            How many steps were done; traced inside `chainrule.compile`.

        Returns
        -------
        float or Array
            The factor.
        """
        raise NotImplementedError(f"{type(self).__name__} must define factor(step)")

    def step(self) -> None:
        """Set the rates of the next step. Call it after ``optimizer.step()``."""
        self._done.value = self._done.value + 1
        self._set_rates()

    def _set_rates(self) -> None:
        for group, base in zip(self.optimizer.param_groups, self.base_lrs):
            rate = self.rate(base, self._done.value)
            group["lr"] = float(rate) if isinstance(rate, (int, float, np.ndarray, np.generic)) else rate

    def rate(self, base: float, step: Any) -> Any:
        """Return the learning rate of a group.

        Parameters
        ----------
        base : float
            What its rate was when the scheduler was made.
        step : int or Array
            How many steps were done.

        Returns
        -------
        float or Array
            The rate.
        """
        return base * self.factor(step)

    def get_last_lr(self) -> list[float]:
        """Return the rates of the next step.

        Returns
        -------
        list of float
            One for each group.
        """
        return [as_number(group["lr"]) for group in self.optimizer.param_groups]

    def state_cells(self) -> list[Cell]:
        """Return what a compiled step changes, if the scheduler stands inside it.

        Returns
        -------
        list
            One object whose `value` is the number of steps done.
        """
        return [self._done]

    def state_dict(self) -> dict[str, Any]:
        """Return where the schedule stands, for JSON.

        Returns
        -------
        dict
            The number of steps done and the rates that are multiplied.
        """
        return {"step": as_number(self._done.value), "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where another scheduler stood.

        Parameters
        ----------
        state : dict
            What `state_dict` returned.
        """
        if len(state["base_lrs"]) != len(self.base_lrs):
            raise ValueError(
                f"{type(self).__name__} has {len(self.base_lrs)} groups, but got a state for {len(state['base_lrs'])}"
            )
        self._done.value, self.base_lrs = state["step"], list(state["base_lrs"])
        self._set_rates()


class ConstantLR(LRScheduler):
    """Holds the rates at a part of what they are, for a while.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates to set.
    factor : float, default 1/3
        Which part.
    total_iters : int, default 5
        For how many steps.
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5):
        self._factor, self._steps = factor, total_iters
        super().__init__(optimizer)

    def factor(self, step: Any) -> Any:
        """Return what to multiply the rates by."""
        return schedules.held(step, steps=self._steps, factor=self._factor)


class LinearWarmup(LRScheduler):
    """Lets the rates rise linearly to what they are.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates to set.
    total_iters : int
        How many steps it takes.
    start_factor : float, optional
        With which part it begins; by default 1 / (total_iters + 1).
    """

    def __init__(self, optimizer: Optimizer, total_iters: int, start_factor: float | None = None):
        self._steps, self._start = total_iters, start_factor
        super().__init__(optimizer)

    def factor(self, step: Any) -> Any:
        """Return what to multiply the rates by."""
        return schedules.warmed_up(step, steps=self._steps, start_factor=self._start)


class CosineAnnealingLR(LRScheduler):
    """Lets the rates rise linearly and then fall along half a cosine; there they stay.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates to set.
    T_max : int
        For how many steps they fall.
    eta_min : float, default 0
        The lowest rate.
    warmup_steps : int, default 0
        For how many steps, before these, they rise.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, *, warmup_steps: int = 0):
        self._steps, self._lowest, self._warmup = T_max, eta_min, warmup_steps
        super().__init__(optimizer)

    def rate(self, base: float, step: Any) -> Any:
        """Return the learning rate of a group."""
        rise = schedules.warmed_up(step, steps=self._warmup)
        fall = schedules.cosine_annealed(step - self._warmup, steps=self._steps)
        return rise * (self._lowest + (base - self._lowest) * fall)


class LinearDecay(LRScheduler):
    """Lets the rates rise linearly, stay, and fall linearly to zero over the last part of the training.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates to set.
    total_iters : int
        How many steps the training has.
    warmup_steps : int, default 0
        For how many they rise.
    decay_fraction : float, default 0.2
        For which part of all steps they fall.
    """

    def __init__(self, optimizer: Optimizer, total_iters: int, warmup_steps: int = 0, decay_fraction: float = 0.2):
        self._steps, self._warmup, self._fraction = total_iters, warmup_steps, decay_fraction
        super().__init__(optimizer)

    def factor(self, step: Any) -> Any:
        """Return what to multiply the rates by."""
        return schedules.trapezoid(step, steps=self._steps, warmup_steps=self._warmup, decay_fraction=self._fraction)
