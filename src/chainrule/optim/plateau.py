"""Lower learning rates where nothing gets better."""

import math
from typing import Any, NamedTuple

from chainrule.optim.cells import as_number
from chainrule.optim.optimizer import Optimizer


class _Standing(NamedTuple):
    """What is remembered between measurements."""

    best: float
    waiting: int  # measurements since the best one
    resting: int  # measurements that will not count


class ReduceLROnPlateau:
    """Multiplies the rates with a factor when a measure has not got better for a while, as PyTorch's.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates to set.
    mode : {"min", "max"}, default "min"
        Whether lower or higher is better.
    factor : float, default 0.1
        What the rates are multiplied by; below 1.
    patience : int, default 10
        How many measurements without progress are accepted.
    threshold : float, default 1e-4
        What counts as progress.
    threshold_mode : {"rel", "abs"}, default "rel"
        Whether that is a share of the best measure or a difference from it.
    cooldown : int, default 0
        How many measurements after a reduction do not count.
    min_lr : float, default 0
        The lowest rate.
    eps : float, default 1e-8
        A smaller reduction is not made.

    Raises
    ------
    ValueError
        If a setting is out of range.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ):
        if not 0 < factor < 1:
            raise ValueError(f"ReduceLROnPlateau expected a factor between 0 and 1, but got {factor}")
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(
                "ReduceLROnPlateau expected mode 'min' or 'max' and threshold_mode 'rel' or 'abs', but got "
                f"{mode!r} and {threshold_mode!r}"
            )
        self.optimizer = optimizer
        self._sign = 1.0 if mode == "min" else -1.0
        self._threshold, self._relative = threshold, threshold_mode == "rel"
        self._factor, self._patience, self._cooldown = factor, patience, cooldown
        self._lowest, self._least = min_lr, eps
        self._standing = _Standing(math.inf, 0, 0)

    def step(self, metrics: Any) -> None:
        """Take a measurement in, and lower the rates if it is time.

        Parameters
        ----------
        metrics : float or Tensor of one element
            The measure.
        """
        standing = self._measured(self._standing, self._sign * float(metrics))
        if standing.waiting > self._patience:
            self._reduce()
            standing = standing._replace(waiting=0, resting=self._cooldown)
        self._standing = standing

    def _measured(self, standing: _Standing, value: float) -> _Standing:
        """What is remembered after a measurement; lower is better."""
        margin = abs(standing.best) * self._threshold if self._relative else self._threshold
        better = value < standing.best - margin if math.isfinite(standing.best) else value < standing.best
        if better:
            standing = standing._replace(best=value, waiting=0)
        else:
            standing = standing._replace(waiting=standing.waiting + 1)
        if standing.resting:
            return standing._replace(waiting=0, resting=standing.resting - 1)
        return standing

    def _reduce(self) -> None:
        for group in self.optimizer.param_groups:
            before = as_number(group["lr"])
            after = max(before * self._factor, self._lowest)
            if before - after > self._least:
                group["lr"] = after

    def state_dict(self) -> dict[str, Any]:
        """Return where the scheduler stands, for JSON.

        Returns
        -------
        dict
            The best measure (None before the first), and what is counted.
        """
        best = self._sign * self._standing.best
        return {**self._standing._asdict(), "best": best if math.isfinite(best) else None}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where another scheduler stood.

        Parameters
        ----------
        state : dict
            What `state_dict` returned.
        """
        best = math.inf if state["best"] is None else self._sign * state["best"]
        self._standing = _Standing(best, state["waiting"], state["resting"])
