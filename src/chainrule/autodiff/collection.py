"""Keeping Python's garbage collector from walking over a growing tape again and again.

What is on the tape is held by Tensors and goes with them, by reference counting. Yet each time it has grown by a
quarter the collector searches all of it for cycles and finds none: a forward pass through a large graph took three
times as long. So while the tape is what makes the heap grow, full collections get a fifth of the time at most. One
that would be too soon finds nothing to search, because everything is put aside while it runs.
"""

import gc
import time

from chainrule.autodiff.graph import clock

# An automatic full collection comes after 70,000 new objects by default; a node with its pull-backs takes about 6.
_MANY_NODES = 4_000
_PAUSE = 4.0  # after a full collection, in units of its own duration


class _Brake:
    """A callback of the collector."""

    def __init__(self) -> None:
        self._node = 0  # the newest when a full collection was last tried
        self._started = self._ended = time.perf_counter()
        self._aside = False

    def __call__(self, phase: str, info: dict) -> None:
        if info["generation"] < 2:
            return
        if phase == "start":
            self._start()
        else:
            self._stop()

    def _start(self) -> None:
        before, self._node = self._node, next(clock)
        lately = self._ended - self._started
        self._aside = (
            self._node - before > _MANY_NODES
            and time.perf_counter() - self._ended < _PAUSE * lately
            and gc.isenabled()
            and gc.get_count()[0] > gc.get_threshold()[0]  # else somebody called gc.collect(), and means it
            and not gc.get_freeze_count()
        )
        if self._aside:
            gc.freeze()
        else:
            self._started = time.perf_counter()

    def _stop(self) -> None:
        if self._aside:
            gc.unfreeze()
        else:
            self._ended = time.perf_counter()


def install() -> None:
    """Have the collector call the brake."""
    gc.callbacks.append(_Brake())
