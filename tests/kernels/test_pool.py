"""The thread pool: slices, nesting, exceptions, forks, several callers, limits of containers."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
import weakref
from functools import partial

import numpy as np
import pytest

from chainrule.kernels.cpu import pool
from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.pool import partition, run_slices, thread_count, threads
from chainrule.kernels.cpu.processors import container_limit


@pytest.fixture
def three_threads(monkeypatch):
    """More threads than this machine may have."""
    monkeypatch.setattr(pool, "available", lambda: 3)


def seen(count, grain=1):
    slices = []
    run_slices(lambda start, stop: slices.append((start, stop)), count, grain)
    return sorted(slices)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 64, 1000])
@pytest.mark.parametrize("grain", [1, 2, 16, 5000])
def test_slices_cover_the_range_in_multiples_of_grain(three_threads, count, grain):
    slices = seen(count, grain)
    assert slices == partition(count, grain)
    assert [i for start, stop in slices for i in range(start, stop)] == list(range(count))
    assert all(start % grain == 0 for start, _ in slices)
    assert all(stop - start >= grain for start, stop in slices[:-1])
    assert len(slices) <= 3


def test_slices_run_on_several_threads(three_threads):
    together = threading.Barrier(3, timeout=10)  # passes only if three threads are inside at once
    names = []

    def meet(start, stop):
        together.wait()
        names.append(threading.current_thread().name)

    run_slices(meet, 3)
    assert len(set(names)) == 3


def test_limit_holds_inside_the_block_and_in_this_thread_only(three_threads):
    counts = []
    with threads(2):
        assert thread_count() == 2 and len(seen(100)) == 2
        with threads(1):
            assert seen(100) == [(0, 100)]
        other = threading.Thread(target=lambda: counts.append(thread_count()))
        other.start()
        other.join()
    assert counts == [3] and thread_count() == 3


def test_limit_must_be_positive():
    with pytest.raises(ValueError, match="at least 1, got 0"), threads(0):
        pass


def test_nested_calls_run_the_same_slices(three_threads):
    inner = []
    run_slices(lambda start, stop: inner.append(seen(10)), 3)
    assert inner == [partition(10)] * 3


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_an_exception_reaches_the_caller_after_all_have_ended(three_threads, failing):
    ended = []

    def work(start, stop):
        if start == failing:
            raise KeyError(start)
        time.sleep(0.01)
        ended.append(start)

    with pytest.raises(KeyError):
        run_slices(work, 3)
    assert sorted(ended) == sorted({0, 1, 2} - {failing})
    assert len(seen(3)) == 3  # and the pool still works


def test_two_callers_at_once(three_threads):
    totals = [[], []]

    def total():
        parts = []
        run_slices(lambda start, stop: parts.append(sum(range(start, stop))), 100)
        return sum(parts)

    def user(mine):
        for _ in range(200):
            mine.append(total())

    users = [threading.Thread(target=user, args=(mine,)) for mine in totals]
    for each in users:
        each.start()
    for each in users:
        each.join()
    assert totals == [[sum(range(100))] * 200] * 2


def test_jobs_are_let_go(three_threads):
    class Work:
        def __call__(self, start, stop):
            pass

    work = Work()
    alive = weakref.ref(work)
    run_slices(work, 3)
    del work
    assert alive() is None


FORK = """
import multiprocessing
from chainrule.kernels.cpu.pool import partition, run_slices

def seen():
    slices = []
    run_slices(lambda start, stop: slices.append((start, stop)), 100)
    return sorted(slices) == partition(100)

assert seen()
context = multiprocessing.get_context("fork")
receiver, sender = context.Pipe()
child = context.Process(target=lambda: sender.send(seen()))
child.start()
assert receiver.poll(20) and receiver.recv()
child.join(20)
assert child.exitcode == 0
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_pool_is_made_again_after_a_fork():
    """In a process of its own: JAX, once loaded, forbids to fork."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity")
def test_affinity_is_followed():
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as child:
        assert child.apply(_threads_on_one_processor) == 1


def _threads_on_one_processor():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return thread_count()


def test_container_limits(tmp_path):
    own = tmp_path / "jobs" / "mine"
    own.mkdir(parents=True)
    assert container_limit(tmp_path, ["/jobs/mine"]) == float("inf")
    (own / "cpu.max").write_text("max 100000\n")
    assert container_limit(tmp_path, ["/jobs/mine"]) == float("inf")
    (own.parent / "cpu.max").write_text("150000 100000\n")
    assert container_limit(tmp_path, ["/jobs/mine"]) == 1.5


def test_container_limits_of_version_1(tmp_path):
    folder = tmp_path / "cpu" / "jobs"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_period_us").write_text("100000\n")
    (folder / "cpu.cfs_quota_us").write_text("-1\n")
    assert container_limit(tmp_path, ["/jobs"]) == float("inf")
    (folder / "cpu.cfs_quota_us").write_text("400000\n")
    assert container_limit(tmp_path, ["/jobs"]) == 4.0


def test_a_job_is_done_once_by_the_worker_or_by_the_caller():
    worker, done = pool._Worker(1, np.zeros(16, np.int64)), []
    for number in range(2000):
        worker.wake(None, frozenset())
        worker.start(lambda number=number: done.append(number))
        if number % 3 == 0:
            time.sleep(1e-5)  # time for the worker to begin
        job = worker.take_back()
        if job is None:
            assert worker.wait() is None
        else:
            job()
    assert done == list(range(2000))


@kernel("void(int64[::1], float32, int64, int64)")
def add_to(counts, number, start, stop):
    for i in range(start, stop):
        counts[i] += int(number)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 64, 1000])
@pytest.mark.parametrize("grain", [1, 16, 5000])
def test_a_kernel_is_run_once_for_every_index(three_threads, count, grain):
    counts = np.zeros(1001, np.int64)
    for _ in range(20):
        run_slices(partial(add_to, counts, 2.0), count, grain)
    assert counts.tolist() == [40] * count + [0] * (1001 - count)


def test_a_kernel_after_a_sleep_and_between_functions(three_threads):
    counts = np.zeros(30, np.int64)
    for number in range(300):
        if number % 20 == 0:
            time.sleep(1e-3)  # the workers sleep too
        run_slices(partial(add_to, counts, 1), 30)
        if number % 7 == 0:
            assert seen(30) == partition(30)
    assert counts.tolist() == [300] * 30


def test_kernels_of_two_callers_at_once(three_threads):
    every = [np.zeros(100, np.int64) for _ in range(3)]

    def user(counts):
        for _ in range(500):
            run_slices(partial(add_to, counts, 1), 100)

    users = [threading.Thread(target=user, args=(counts,)) for counts in every]
    for each in users:
        each.start()
    for each in users:
        each.join()
    assert all(counts.tolist() == [500] * 100 for counts in every)


def test_a_kernel_refuses_other_types(three_threads):
    with pytest.raises(TypeError):
        run_slices(partial(add_to, np.zeros(3, np.float32), 1), 3)
    assert len(seen(3)) == 3  # and the pool still works
