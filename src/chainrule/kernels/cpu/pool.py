"""A small pool of threads for CPU kernels.

Numba's own pool fights with OpenBLAS's; this one makes the partition explicit, and waits no longer than a
wake-up costs before it sleeps. A kernel releases the GIL and works on one contiguous slice of its range; a
range is cut the same way whether the slices run side by side or one after another, so results depend on the
thread count only.
"""

import contextlib
import ctypes
import functools
import math
import os
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

import numpy as np

Slice = tuple[int, int]
_SPINS = 4000  # of some 25 to 45 nanoseconds: covers the Python code between two kernels
_limit: ContextVar[int | None] = ContextVar("chainrule_thread_limit", default=None)


def run_slices(function: Callable[[int, int], object], count: int, grain: int = 1) -> None:
    """Run ``function(start, stop)`` over contiguous slices of ``range(count)``, one a thread.

    Nested calls, and calls made while another thread keeps the pool busy, run the same slices one after
    another in the calling thread, and so it does with slices that no other thread has begun when it has
    done its own: on a busy machine that is sooner. An exception is raised when all have ended.

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
    """A waiting thread with room for one job.

    The locks say when it starts and has ended. The two counters say it sooner to a thread that looks at them in a
    loop before it takes the lock, which is all that they are for.
    """

    def __init__(self, number: int) -> None:
        from chainrule.kernels.cpu.waiting import spin  # imports Numba

        self._spin = spin
        self._wake, self._done = threading.Lock(), threading.Lock()
        self._wake.acquire()
        self._done.acquire()
        self._counters = np.zeros(16, np.int64)  # jobs given [0] and jobs done [8], on two cache lines
        self._given = 0
        self._job: Callable[[], object] = _nothing
        self._error: BaseException | None = None
        self._avoided: int | None = None
        self._thread = threading.Thread(target=self._loop, name=f"chainrule-{number}", daemon=True)
        self._thread.start()

    def keep_off(self, processor: int, processors: frozenset[int]) -> None:
        """Run on another processor than the caller's, where the system would like to wake this thread."""
        if processor != self._avoided:
            self._avoided = processor
            with contextlib.suppress(OSError):  # the process was moved to other processors meanwhile
                os.sched_setaffinity(self._thread.native_id, processors - {processor})  # type: ignore[arg-type]

    def start(self, job: Callable[[], object]) -> None:
        self._job = job
        self._given += 1
        self._counters[0] = self._given
        self._wake.release()

    def take_back(self) -> Callable[[], object] | None:
        """Return the job if the thread has not begun it, and it never will."""
        if not self._wake.acquire(blocking=False):
            return None
        job, self._job = self._job, _nothing
        self._given -= 1
        self._counters[0] = self._given
        return job

    def wait(self) -> BaseException | None:
        """Wait until the job has ended and return what it raised."""
        self._spin(self._counters, 8, self._given, _SPINS)
        self._done.acquire()
        error, self._error = self._error, None
        return error

    def _loop(self) -> None:
        finished = 0
        while True:
            self._spin(self._counters, 0, finished + 1, _SPINS)
            self._wake.acquire()
            self._error = _outcome(self._job)
            self._job = _nothing  # the job holds arrays: let them go now, not at the next job
            finished += 1
            self._counters[8] = finished
            self._done.release()


class _Pool:
    """The workers of one process, lent to one caller at a time."""

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._workers: list[_Worker] = []
        self._processors = _processors()
        self._current_processor = _current_processor_function()

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
        here = self._current_processor()
        for worker, piece in zip(started, slices[1:]):
            if here is not None:
                worker.keep_off(here, self._processors)
            worker.start(functools.partial(function, *piece))
        # Even if one fails: the others still write to the caller's arrays.
        errors = [_outcome(functools.partial(function, *slices[0]))]
        awaited = []
        for worker in started:
            job = worker.take_back()
            if job is None:
                awaited.append(worker)
            else:
                errors.append(_outcome(job))
        errors += [worker.wait() for worker in awaited]
        for error in errors:
            if error is not None:
                raise error


def _nothing() -> None:
    """The job of a thread that has none."""


def _outcome(job: Callable[[], object]) -> BaseException | None:
    """Run a job and return what it raised."""
    try:
        job()
    except BaseException as error:
        return error
    return None


# Both are kept by process id, so that a forked child, which has none of its parent's threads, starts afresh.
@functools.cache
def _pool(process: int) -> _Pool:
    return _Pool()


@functools.cache
def _available(process: int) -> int:
    """How many threads to use: one a processor, within the container's limit."""
    limit = _container_limit(Path("/sys/fs/cgroup"), _own_groups())
    return max(1, math.ceil(min(len(_processors()), limit)))


def _processors() -> frozenset[int]:
    """The processors this thread may use, or as many as there are where the system does not say."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def _current_processor_function() -> Callable[[], int | None]:
    """What tells on which processor the calling thread is; None where threads cannot be placed or need not."""
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError, AttributeError):
            return ctypes.CDLL(None).sched_getcpu
    return lambda: None


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
