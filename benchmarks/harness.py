"""Time the same work in chainrule and in PyTorch, turn by turn, so that all sides meet the same machine."""

import functools
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.sides import Side, compiled

Record = dict[str, Any]

THREADS = 2
_TURN_SECONDS = 0.01  # a turn repeats a short call until it has taken about this long
_SETTLE_SECONDS = 0.015  # PyTorch's threads spin for 13 milliseconds after its last call, in our way on their core
_LONG_CALL_SECONDS = 0.1  # calls from here on need no call before the timed one to warm the caches
_VERSIONS_OF = ("chainrule", "numpy", "numba", "torch")


@dataclass(frozen=True)
class Workload:
    """One piece of work, written twice.

    Attributes
    ----------
    name : str
        What the table calls it.
    ours : callable
        Does the work with chainrule; takes nothing, what it returns is dropped.
    torch : callable or None
        Does the same work with PyTorch (under ``torch.no_grad()`` where ours needs no gradients).
        None where there is nothing to compare with.
    units : int, default 1
        How many times a call does what the name says; times are divided by it.
    """

    name: str
    ours: Side
    torch: Side | None
    units: int = 1


def measure(
    workload: Workload, repeats: int = 40, seconds: float = 20.0, threads: int = THREADS, with_compiled: bool = False
) -> Record:
    """Warm up the sides of a workload, then time them in turn.

    Each turn lets another side's threads fall asleep, makes one call that is not timed (unless calls are
    long), then times as many calls as fill some 10 ms.

    Parameters
    ----------
    workload : Workload
        What to time.
    repeats : int, default 40
        Timed turns of each side.
    seconds : float, default 20
        Stop after this time even when fewer turns are done; three are always made.
    threads : int, default 2
        Of all sides.
    with_compiled : bool, default False
        Whether PyTorch's side is also timed as ``torch.compile`` makes it.

    Returns
    -------
    dict
        ``name``, ``ours_ms`` and ``torch_ms`` (medians), ``ratio`` (theirs over ours), ``ours_min_ms``,
        ``torch_min_ms``, ``min_ratio``, ``turns``, ``interleaved``, ``cpu``, ``threads`` and ``versions``. What
        concerns PyTorch is None where the workload has none. For the compiled side ``compiled_ms``,
        ``compiled_min_ms`` and ``compiled_ratio`` (its median over ours) are added.
    """
    with _limited(threads, workload.torch is not None):
        sides = [workload.ours] if workload.torch is None else [workload.ours, workload.torch]
        estimates = [_warm_up(side) for side in sides]
        if with_compiled and workload.torch is not None:
            sides.append(compiled(workload.torch))
            estimates.append(_warm_up(sides[-1]))
        times: list[list[float]] = [[] for _ in sides]
        deadline = time.perf_counter() + seconds
        while len(times[0]) < repeats and (len(times[0]) < 3 or time.perf_counter() < deadline):
            for side, estimate, found in zip(sides, estimates, times):
                found.append(_turn(side, estimate))
    in_ms = ([1e3 * seconds / workload.units for seconds in found] for found in times)
    return make_record(workload.name, *in_ms) | {"interleaved": workload.torch is not None, "threads": threads}


def make_record(
    name: str, ours_ms: list[float], torch_ms: list[float] | None = None, compiled_ms: list[float] | None = None
) -> Record:
    """Sum up timings.

    Parameters
    ----------
    name : str
        What was timed.
    ours_ms, torch_ms, compiled_ms : list of float
        Milliseconds a call.

    Returns
    -------
    dict
        The record that `measure` describes.
    """
    ours, torch = median(ours_ms), median(torch_ms) if torch_ms else None
    ours_min, torch_min = min(ours_ms), min(torch_ms) if torch_ms else None
    return {
        "name": name,
        "ours_ms": ours,
        "torch_ms": torch,
        "ratio": torch / ours if torch is not None else None,
        "ours_min_ms": ours_min,
        "torch_min_ms": torch_min,
        "min_ratio": torch_min / ours_min if torch_min is not None else None,
        **(_compiled_times(ours, compiled_ms) if compiled_ms else {}),
        "turns": len(ours_ms),
        "interleaved": False,
        **_circumstances(),
    }


def _compiled_times(ours: float, times: list[float]) -> Record:
    middle = median(times)
    return {"compiled_ms": middle, "compiled_min_ms": min(times), "compiled_ratio": middle / ours}


def make_quantity(name: str, unit: str, ours: float, torch: float | None = None) -> Record:
    """Write down a measure that is no time, such as a size.

    Parameters
    ----------
    name : str
        What was measured.
    unit : str
        In what.
    ours, torch : float
        The values.

    Returns
    -------
    dict
        A record with ``unit``, ``ours`` and ``torch``; its times are None.
    """
    ratio = torch / ours if torch is not None else None
    return {
        "name": name,
        "unit": unit,
        "ours": ours,
        "torch": torch,
        "ratio": ratio,
        **dict.fromkeys(("ours_ms", "torch_ms", "ours_min_ms", "torch_min_ms", "min_ratio")),
        "interleaved": False,
        **_circumstances(),
    }


def _circumstances() -> Record:
    return {"cpu": cpu_name(), "threads": THREADS, "versions": versions()}


def _warm_up(call: Callable[[], object]) -> float:
    """Make three calls, the first of which may compile; the time of the fastest of the others."""
    call()
    return min(_timed(call), _timed(call))


def _turn(call: Callable[[], object], estimate: float) -> float:
    """Seconds a call, over one turn."""
    time.sleep(_SETTLE_SECONDS)
    if estimate < _LONG_CALL_SECONDS:
        call()
    return _timed(call, calls=max(1, round(_TURN_SECONDS / max(estimate, 1e-7))))


def _timed(call: Callable[[], object], calls: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


def _limited(count: int, with_torch: bool) -> AbstractContextManager[object]:
    """Give both libraries the same number of threads."""
    if with_torch:
        import torch

        torch.set_num_threads(count)
    from chainrule.kernels.cpu.pool import threads

    return threads(count)


@functools.cache
def cpu_name() -> str:
    """Return what the processor calls itself, and the widest vectors it has.

    Returns
    -------
    str
        For instance ``AMD EPYC (avx512f)``.
    """
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(part for line in lines if len(part := [side.strip() for side in line.split(":", 1)]) == 2)
    vectors = [feature for feature in ("avx512f", "avx2", "asimd") if feature in facts.get("flags", "").split()]
    model = facts.get("model name", platform.machine())
    return f"{model}, {os.cpu_count()} cores{f' ({vectors[0]})' if vectors else ''}"


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that are compared.

    Returns
    -------
    dict of str to str
        Only what is installed.
    """
    found = {"python": platform.python_version()}
    for name in _VERSIONS_OF:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
