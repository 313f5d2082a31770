"""The best score so far, and how long it has stood."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["BestScore"]


@dataclass
class BestScore:
    """The lowest score, and what early stopping needs to know.

    Attributes
    ----------
    values : tuple of float, or None
        The lowest score and what broke ties; None before the first measurement.
    step : int
        The number of steps done when it was measured.
    waiting : int
        How many measurements since then were no better.
    """

    values: tuple[float, ...] | None = None
    step: int = 0
    waiting: int = 0

    def update(self, values: tuple[float, ...], step: int) -> bool:
        """Take a measurement in.

        Parameters
        ----------
        values : tuple of float
            The score; lower is better, later entries decide between equal ones.
        step : int
            The number of steps done.

        Returns
        -------
        bool
            Whether it is the best so far.
        """
        if self.values is None or values < self.values:
            self.values, self.step, self.waiting = values, step, 0
            return True
        self.waiting += 1
        return False

    def state_dict(self) -> dict[str, Any]:
        """Return the attributes.

        Returns
        -------
        dict
            What `load_state_dict` takes.
        """
        return asdict(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over saved attributes.

        Parameters
        ----------
        state : dict
            The result of `state_dict`.
        """
        self.values, self.step, self.waiting = state["values"], state["step"], state["waiting"]
