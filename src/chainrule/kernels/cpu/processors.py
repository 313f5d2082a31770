"""How many processors this process may use, and on which one a thread is."""

import contextlib
import ctypes
import functools
import math
import os
from collections.abc import Callable
from pathlib import Path


@functools.cache
def available() -> int:
    """How many threads to use: one a processor, within the container's limit."""
    limit = container_limit(Path("/sys/fs/cgroup"), _own_groups())
    return max(1, math.ceil(min(len(processors()), limit)))


def processors() -> frozenset[int]:
    """The processors this thread may use, or as many as there are where the system does not say."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def current_processor_function() -> Callable[[], int | None]:
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


def container_limit(root: Path, groups: list[str]) -> float:
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
