"""The mean loss and the speed since the last line of ``metrics.jsonl``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Meter"]


@dataclass
class Meter:
    """Sums over the steps since `reset`.

    Attributes
    ----------
    steps : int
        Number of steps.
    loss : float
        Sum of their losses.
    units : int
        Sum of their sizes.
    seconds : float
        Sum of their times.
    """

    steps: int = 0
    loss: float = 0.0
    units: int = 0
    seconds: float = 0.0

    def add(self, loss: float, units: int, seconds: float) -> None:
        """Take one step in.

        Parameters
        ----------
        loss : float
            Its loss.
        units : int
            The size of its batch.
        seconds : float
            What it took.
        """
        self.steps += 1
        self.loss += loss
        self.units += units
        self.seconds += seconds

    @property
    def mean_loss(self) -> float:
        """The mean loss of a step."""
        return self.loss / self.steps

    @property
    def speed(self) -> float:
        """Units a second."""
        return self.units / self.seconds if self.seconds else 0.0

    def reset(self) -> None:
        """Begin anew."""
        self.load_state_dict(Meter().state_dict())

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
        self.steps, self.loss = state["steps"], state["loss"]
        self.units, self.seconds = state["units"], state["seconds"]
