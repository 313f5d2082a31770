"""A small pool of threads for CPU kernels.

Numba's own pool spins and fights with OpenBLAS's; this one sleeps between jobs, hands over in some 15
microseconds and makes the partition explicit. A kernel releases the GIL and works on one contiguous slice
of its range; a range is cut the same way whether the slices run side by side or one after another, so
results depend on the thread count only.
"""

import contextlib
import functools
import math
import os
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

Slice = tuple[int, int]
_limit: ContextVar[int | None] = ContextVar("chainrule_thread_limit", default=None)


def run_slices(function: Callable[[int, int], object], count: int, grain: int = 1) -> None:
    """Run ``function(start, stop)`` over contiguous slices of ``range(count)``, one a thread.

    Nested calls, and calls made while another thread keeps the pool busy, run the same slices one after
    another in the calling thread. The first exception, in slice order, is raised when all have ended.

    Parameters
    ----------
    function : callable
        Takes the first index of a slice and the one past its last; should release the GIL.
    count : int
        Size of the range; nothing is run for 0.
    grain : int
        Slices start at multiples of this, and are no smaller except for the last.
    """
    slices = partition(count, grain)
    if len(slices) == 1:
        function(*slices[0])
    elif slices:
        _pool(os.getpid()).run(function, slices)


def partition(count: int, grain: int = 1) -> list[Slice]:
    """Cut ``range(count)`` into at most `thread_count` contiguous slices at multiples of `grain`."""
    units = -(-count // grain)
    parts = min(thread_count(), units)
    return [(i * units // parts * grain, min((i + 1) * units // parts * grain, count)) for i in range(parts)]


def thread_count() -> int:
    """Return the number of threads that `run_slices` uses here: the process's processors, or less."""
    limit, available = _limit.get(), _available(os.getpid())
    return available if limit is None else min(limit, available)


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """Use at most `count` threads inside a ``with`` block, in this thread (or asyncio task) only.

    Parameters
    ----------
    count : int
        At least 1; more than the processors at hand makes no difference.

    Raises
    ------
    ValueError
        If `count` is less than 1.
    """
    if count < 1:
        raise ValueError(f"threads(count) expected a count of at least 1, got {count}: use 1 for no threads.")
    token = _limit.set(count)
    try:
        yield
    finally:
        _limit.reset(token)


class _Worker:
    """A sleeping thread with room for one job."""

    def __init__(self, number: int) -> None:
        self._wake, self._done = threading.Lock(), threading.Lock()
        self._wake.acquire()
        self._done.acquire()
        self._job: Callable[[], object] | None = None
        self._error: BaseException | None = None
        threading.Thread(target=self._loop, name=f"chainrule-{number}", daemon=True).start()

    def start(self, job: Callable[[], object]) -> None:
        self._job = job
        self._wake.release()

    def wait(self) -> BaseException | None:
        """Sleep until the job has ended and return what it raised."""
        self._done.acquire()
        error, self._error = self._error, None
        return error

    def _loop(self) -> None:
        while True:
            self._wake.acquire()
            try:
                self._job()
            except BaseException as error:
                self._error = error
            self._job = None  # the job holds arrays: let them go now, not at the next job
            self._done.release()


class _Pool:
    """The workers of one process, lent to one caller at a time."""

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._workers: list[_Worker] = []

    def run(self, function: Callable[[int, int], object], slices: list[Slice]) -> None:
        if not self._busy.acquire(blocking=False):
            for start, stop in slices:
                function(start, stop)
            return
        try:
            self._run_side_by_side(function, slices)
        finally:
            self._busy.release()

    def _run_side_by_side(self, function: Callable[[int, int], object], slices: list[Slice]) -> None:
        while len(self._workers) < len(slices) - 1:
            self._workers.append(_Worker(len(self._workers) + 1))
        started = self._workers[: len(slices) - 1]
        for worker, piece in zip(started, slices[1:]):
            worker.start(functools.partial(function, *piece))
        try:
            function(*slices[0])
        finally:
            # Even when interrupted: the others still write to the caller's arrays.
            errors = [worker.wait() for worker in started]
        for error in errors:
            if error is not None:
                raise error


# Both are kept by process id, so that a forked child, which has none of its parent's threads, starts afresh.
@functools.cache
def _pool(process: int) -> _Pool:
    return _Pool()


@functools.cache
def _available(process: int) -> int:
    """Processors this process may use: affinity (or what the system has), within the container's limit."""
    if hasattr(os, "sched_getaffinity"):
        processors = len(os.sched_getaffinity(0))
    else:
        processors = getattr(os, "process_cpu_count", os.cpu_count)() or 1
    return max(1, math.ceil(min(processors, _container_limit(Path("/sys/fs/cgroup"), _own_groups()))))


def _own_groups() -> list[str]:
    """Paths of this process's control groups, such as ``/user.slice/job``."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    return [line.split(":", 2)[2] for line in lines if line.count(":") >= 2]


def _container_limit(root: Path, groups: list[str]) -> float:
    """Return the smallest quota, in processors, of the groups and the groups around them (version 2 and 1)."""
    limit = math.inf
    for group in {"/", *groups}:
        folder = Path(group)
        for level in (folder, *folder.parents):
            inside = str(level).lstrip("/")
            limit = min(limit, _quota(root / inside, "cpu.max"))
            limit = min(limit, _quota(root / "cpu" / inside, "cpu.cfs_quota_us", "cpu.cfs_period_us"))
    return limit


def _quota(folder: Path, *names: str) -> float:
    """Read ``quota period`` from one file or two; infinity where there is no limit."""
    try:
        quota, period = " ".join((folder / name).read_text() for name in names).split()
        return int(quota) / int(period) if int(quota) > 0 else math.inf
    except (OSError, ValueError):  # no such file, or "max"
        return math.inf
