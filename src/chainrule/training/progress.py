"""What a user sees while a model trains: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from datetime import timedelta
from typing import Any

__all__ = ["Progress", "progress_for_terminal"]


class Progress:
    """Shows how training goes; this one shows nothing."""

    def begin(self, step: int, end: int | None) -> None:
        """Note how many steps there are.

        Parameters
        ----------
        step : int
            Number of steps done.
        end : int or None
            Number of all steps, if known.
        """

    def step(self, step: int, loss: float) -> None:
        """Note one step.

        Parameters
        ----------
        step : int
            Number of steps done.
        loss : float
            Its loss.
        """

    def speed(self, units_per_second: float, unit: str, mean_loss: float) -> None:
        """Note how it went since the last call.

        Parameters
        ----------
        units_per_second : float
            The speed.
        unit : str
            Of what.
        mean_loss : float
            The mean loss.
        """

    def message(self, text: str) -> None:
        """Say something that stays.

        Parameters
        ----------
        text : str
            A line.
        """

    def close(self) -> None:
        """End the display."""


class _Lines(Progress):
    """Prints a plain line now and then."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._start = self._step = 0
        self._end: int | None = None

    def begin(self, step: int, end: int | None) -> None:
        self._began = time.monotonic()
        self._start, self._step, self._end = step, step, end

    def step(self, step: int, loss: float) -> None:
        self._step = step

    def speed(self, units_per_second: float, unit: str, mean_loss: float) -> None:
        line = f"loss {mean_loss:.4f}, {units_per_second:,.0f} {unit}/s"
        if self._end is None:
            self.message(f"step {self._step}: {line}")
            return
        a_step = (time.monotonic() - self._began) / max(1, self._step - self._start)
        left = timedelta(seconds=round(a_step * (self._end - self._step)))
        self.message(f"step {self._step}/{self._end}: {line}, {left} left")

    def message(self, text: str) -> None:
        print(text, flush=True)


class _Bar(Progress):
    """Keeps one line up to date: steps, time left, loss, speed."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._open = contextlib.ExitStack()
        self._speed = ""
        self._loss: float | None = None

    def begin(self, step: int, end: int | None) -> None:
        if self._bar is None:
            from tqdm import tqdm
            from tqdm.contrib.logging import logging_redirect_tqdm

            self._open.enter_context(logging_redirect_tqdm())  # else a log line would land in the middle of the bar
            self._bar = tqdm(unit="step", initial=step, total=end, dynamic_ncols=True, smoothing=0.05)
        self._bar.n, self._bar.total = step, end
        self._bar.refresh()

    def step(self, step: int, loss: float) -> None:
        self._loss = loss if self._loss is None else 0.95 * self._loss + 0.05 * loss
        self._bar.set_postfix_str(f"loss {self._loss:.3f}{self._speed}", refresh=False)
        self._bar.update(step - self._bar.n)

    def speed(self, units_per_second: float, unit: str, mean_loss: float) -> None:
        self._loss = mean_loss
        self._speed = f", {units_per_second:,.0f} {unit}/s"

    def message(self, text: str) -> None:
        self._bar.write(text)

    def close(self) -> None:
        self._open.close()
        if self._bar is not None:
            self._bar.close()


def progress_for_terminal() -> Progress:
    """Choose what suits the output.

    Returns
    -------
    Progress
        A bar when output goes to a terminal, else plain lines.
    """
    return _Bar() if sys.stdout.isatty() and sys.stderr.isatty() else _Lines()
