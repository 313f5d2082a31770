"""What a user sees while a model trains: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import Any, Protocol

__all__ = ["BarProgress", "LineProgress", "Progress", "SilentProgress", "progress_for_terminal"]


class Progress(Protocol):
    """Shows how training goes."""

    def begin(self, step: int, end: int | None) -> None:
        """Show the number of steps done and, where it is known, of all."""
        ...

    def step(self, step: int, loss: float) -> None:
        """Note one step."""
        ...

    def speed(self, units_per_second: float, unit: str, mean_loss: float) -> None:
        """Note the mean loss and the speed since the last call."""
        ...

    def message(self, text: str) -> None:
        """Say something that stays."""
        ...

    def close(self) -> None:
        """End the display."""
        ...


class SilentProgress:
    """Shows nothing."""

    def begin(self, step: int, end: int | None) -> None:
        """Do nothing."""

    def step(self, step: int, loss: float) -> None:
        """Do nothing."""

    def speed(self, units_per_second: float, unit: str, mean_loss: float) -> None:
        """Do nothing."""

    def message(self, text: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class LineProgress:
    """Prints a plain line now and then."""

    def __init__(self) -> None:
        self._step = 0
        self._end: int | None = None

    def begin(self, step: int, end: int | None) -> None:
        """Note the number of steps.

        Parameters
        ----------
        step : int
            Number of steps done.
        end : int or None
            Number of all steps, if known.
        """
        self._step, self._end = step, end

    def step(self, step: int, loss: float) -> None:
        """Note one step.

        Parameters
        ----------
        step : int
            Number of steps done.
        loss : float
            Its loss.
        """
        self._step = step

    def speed(self, units_per_second: float, unit: str, mean_loss: float) -> None:
        """Print a line.

        Parameters
        ----------
        units_per_second : float
            The speed since the last line.
        unit : str
            Of what.
        mean_loss : float
            The mean loss since the last line.
        """
        of = "" if self._end is None else f"/{self._end}"
        self.message(f"step {self._step}{of}: loss {mean_loss:.4f}, {units_per_second:,.0f} {unit}/s")

    def message(self, text: str) -> None:
        """Print a line.

        Parameters
        ----------
        text : str
            The line.
        """
        print(text, flush=True)

    def close(self) -> None:
        """Do nothing."""


class BarProgress:
    """Keeps one line up to date: steps, time left, loss, speed."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._shown = ""
        self._loss = 0.0

    def begin(self, step: int, end: int | None) -> None:
        """Set the length of the bar.

        Parameters
        ----------
        step : int
            Number of steps done.
        end : int or None
            Number of all steps, if known.
        """
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(unit="step", initial=step, total=end, dynamic_ncols=True, smoothing=0.05)
        self._bar.n, self._bar.total = step, end
        self._bar.refresh()

    def step(self, step: int, loss: float) -> None:
        """Move the bar.

        Parameters
        ----------
        step : int
            Number of steps done.
        loss : float
            Its loss.
        """
        self._loss = loss if not self._loss else 0.95 * self._loss + 0.05 * loss
        self._bar.set_postfix_str(f"loss {self._loss:.3f}{self._shown}", refresh=False)
        self._bar.update(step - self._bar.n)

    def speed(self, units_per_second: float, unit: str, mean_loss: float) -> None:
        """Change the speed behind the bar.

        Parameters
        ----------
        units_per_second : float
            The speed lately.
        unit : str
            Of what.
        mean_loss : float
            The mean loss lately.
        """
        self._loss = mean_loss
        self._shown = f", {units_per_second:,.0f} {unit}/s"

    def message(self, text: str) -> None:
        """Print a line above the bar.

        Parameters
        ----------
        text : str
            The line.
        """
        self._bar.write(text)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()


def progress_for_terminal() -> Progress:
    """Choose what suits the output.

    Returns
    -------
    Progress
        A bar when output goes to a terminal, else plain lines.
    """
    return BarProgress() if sys.stdout.isatty() and sys.stderr.isatty() else LineProgress()
