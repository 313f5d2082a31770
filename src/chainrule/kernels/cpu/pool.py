"""A small pool of threads for CPU kernels.

Numba's own pool fights with OpenBLAS's; this one makes the partition explicit, and waits no longer than a
wake-up costs before it sleeps. A kernel releases the GIL and works on one contiguous slice of its range; a
range is cut the same way whether the slices run side by side or one after another, so results depend on the
thread count only.
"""

import contextlib
import functools
import importlib
import os
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import ModuleType

import numpy as np

from chainrule.kernels.cpu.compiler import Kernel
from chainrule.kernels.cpu.processors import available, current_processor_function, processors

Slice = tuple[int, int]
_LOOKS = 16000  # of some 25 to 45 nanoseconds: covers the Python code between two kernels
_MOST_WORKERS = 64  # or one a processor, if there are more
_limit: ContextVar[int | None] = ContextVar("chainrule_thread_limit", default=None)


def run_slices(function: Callable[[int, int], object], count: int, grain: int = 1) -> None:
    """Run ``function(start, stop)`` over contiguous slices of ``range(count)``, one a thread.

    Nested calls, and calls made while another thread keeps the pool busy, run the same slices one after
    another in the calling thread, and so it does with slices that no other thread has begun when it has
    done its own: on a busy machine that is sooner. An exception is raised when all have ended.

    Parameters
    ----------
    function : callable
        Takes the first index of a slice and the one past its last; should release the GIL. A kernel with all its
        other arguments bound, ``functools.partial(kernel, ...)``, is handed to the other threads within a microsecond;
        anything else in some fifty.
    count : int
        Size of the range; nothing is run for 0.
    grain : int
        Slices start at multiples of this, and are no smaller except for the last.
    """
    if count <= 0:
        return
    if type(function) is functools.partial and type(function.func) is Kernel and not function.keywords:
        parts = min(thread_count(), -(-count // grain))
        _pool().share(_sharing().shared(function.func).compiled, parts, grain, count, function.args)
        return
    slices = partition(count, grain)
    if len(slices) == 1:
        function(*slices[0])
    else:
        _pool().run(function, slices)


def run_jobs(function: Callable[[int, int, int, int], object]) -> None:
    """Let a kernel hand over several jobs, one after the other, without Python in between.

    Parameters
    ----------
    function : callable
        Takes the address of `sharing.run_parts` and the first three of its arguments.
    """
    _pool().lend(function, thread_count())


def partition(count: int, grain: int = 1) -> list[Slice]:
    """Cut ``range(count)`` into at most `thread_count` contiguous slices at multiples of `grain`."""
    units = -(-count // grain)
    parts = min(thread_count(), units)
    return [(i * units // parts * grain, min((i + 1) * units // parts * grain, count)) for i in range(parts)]


def shares(count: int, unit: int = 1) -> Slice:
    """Return the grain with which every thread gets one slice, a multiple of `unit`, and the number of slices.

    Slice number ``start // grain`` can then have memory of its own.
    """
    grain = -(-count // (unit * thread_count())) * unit
    return grain, -(-count // grain)


def thread_count() -> int:
    """Return the number of threads that `run_slices` uses here: the process's processors, or less."""
    limit, at_hand = _limit.get(), available()
    return at_hand if limit is None else min(limit, at_hand)


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
    """A waiting thread with room for one job: machine code (see `sharing`), or a function in Python."""

    def __init__(self, number: int, words: np.ndarray) -> None:
        self.address = words.ctypes.data
        self._words = words
        self._sharing = _sharing()
        self._wake, self._done = threading.Lock(), threading.Lock()
        self._wake.acquire()
        self._done.acquire()
        self._job: Callable[[], object] = _nothing
        self._error: BaseException | None = None
        self._avoided: int | None = None
        self._thread = threading.Thread(target=self._loop, name=f"chainrule-{number}", daemon=True)
        self._thread.start()

    def wake(self, processor: int | None, processors: frozenset[int]) -> None:
        """End its sleep; keep it off the caller's processor, where the system would like to wake it."""
        if processor is not None and processor != self._avoided:
            self._avoided = processor
            with contextlib.suppress(OSError):  # the process was moved to other processors meanwhile
                os.sched_setaffinity(self._thread.native_id, processors - {processor})  # type: ignore[arg-type]
        if self._words[0] == self._sharing.ASLEEP:
            self._words[0] = self._sharing.IDLE
            self._wake.release()

    def start(self, job: Callable[[], object]) -> None:
        self._job = job
        if not self._change(self._sharing.IDLE, self._sharing.IN_PYTHON):  # it has gone to sleep just now
            self._words[0] = self._sharing.IN_PYTHON
            self._wake.release()

    def take_back(self) -> Callable[[], object] | None:
        """Return the job if the thread has not begun it, and it never will."""
        if not self._change(self._sharing.IN_PYTHON, self._sharing.IDLE):
            return None
        job, self._job = self._job, _nothing
        return job

    def wait(self) -> BaseException | None:
        """Wait until the job has ended and return what it raised."""
        self._sharing.look(self.address, _LOOKS)
        self._done.acquire()
        error, self._error = self._error, None
        return error

    def _change(self, expected: int, state: int) -> bool:
        return bool(self._sharing.change_state(self.address, expected, state))

    def _loop(self) -> None:
        sharing = self._sharing
        while True:
            if sharing.serve(self.address, _LOOKS) == sharing.ASLEEP:
                self._wake.acquire()
                continue
            self._error = _outcome(self._job)
            self._job = _nothing  # the job holds arrays: let them go now, not at the next job
            self._change(sharing.TAKEN, sharing.IDLE)
            self._done.release()


class _Pool:
    """The workers of one process, lent to one caller at a time."""

    def __init__(self) -> None:
        sharing = _sharing()
        self._begin, self._offer = sharing.beginning(), sharing.offer()
        self._busy = threading.Lock()
        self._workers: list[_Worker] = []
        self._words = _lines(max(_MOST_WORKERS, os.cpu_count() or 1), sharing.WORDS)
        self._processors = processors()
        self._current_processor = current_processor_function()

    def share(self, run: Callable, parts: int, grain: int, count: int, arguments: tuple) -> None:
        """Run what `sharing.shared` made of a kernel; here alone while the workers are lent to another caller."""
        if parts == 1 or not self._busy.acquire(blocking=False):
            run(self._begin, 0, self._offer, parts, grain, count, arguments)
            return
        try:
            run(self._begin, self._awake(parts - 1)[0].address, self._offer, parts, grain, count, arguments)
        finally:
            self._busy.release()

    def lend(self, function: Callable[[int, int, int, int], object], parts: int) -> None:
        if parts == 1 or not self._busy.acquire(blocking=False):
            function(self._begin, 0, self._offer, parts)
            return
        try:
            function(self._begin, self._awake(parts - 1)[0].address, self._offer, parts)
        finally:
            self._busy.release()

    def run(self, function: Callable[[int, int], object], slices: list[Slice]) -> None:
        if not self._busy.acquire(blocking=False):
            for start, stop in slices:
                function(start, stop)
            return
        try:
            self._run_side_by_side(function, slices)
        finally:
            self._busy.release()

    def _awake(self, count: int) -> list[_Worker]:
        """As many workers, on their way if they were asleep."""
        while len(self._workers) < count:
            self._workers.append(_Worker(len(self._workers) + 1, self._words[len(self._workers)]))
        here = self._current_processor()
        for worker in self._workers[:count]:
            worker.wake(here, self._processors)
        return self._workers[:count]

    def _run_side_by_side(self, function: Callable[[int, int], object], slices: list[Slice]) -> None:
        started = self._awake(len(slices) - 1)
        for worker, piece in zip(started, slices[1:]):
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


def _lines(count: int, words: int) -> np.ndarray:
    """Zeros, shape (count, words) of int64, each row in cache lines of its own."""
    memory = np.zeros((count + 1) * words, np.int64)
    skip = -memory.ctypes.data % (8 * words) // 8
    return memory[skip : skip + count * words].reshape(count, words)


def _nothing() -> None:
    """The job of a thread that has none."""


def _outcome(job: Callable[[], object]) -> BaseException | None:
    """Run a job and return what it raised."""
    try:
        job()
    except BaseException as error:
        return error
    return None


@functools.cache
def _pool() -> _Pool:
    return _Pool()


if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads, and may be held to other processors
    os.register_at_fork(after_in_child=_pool.cache_clear)
    os.register_at_fork(after_in_child=available.cache_clear)


@functools.cache
def _sharing() -> ModuleType:
    """Numba and the code that it compiles, imported when first needed."""
    return importlib.import_module("chainrule.kernels.cpu.sharing")
