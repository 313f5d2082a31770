"""Sides of a comparison: built when first called, the fastest of some, or compiled by PyTorch."""

import functools
import logging
import os
import shutil
import time
from collections.abc import Callable

Side = Callable[[], object]


class Late:
    """A side that is built when it is first called, so that what is not asked for costs nothing.

    Parameters
    ----------
    build : callable
        Returns the side.
    """

    def __init__(self, build: Callable[[], Side]) -> None:
        self._build = build

    @functools.cached_property
    def side(self) -> Side:
        """What is called."""
        return self._build()

    def __call__(self) -> object:
        return self.side()


def fastest(ways: list[Side], calls: int = 5) -> Side:
    """Choose among ways to do the same.

    Parameters
    ----------
    ways : list of callable
        Such as one for each order in memory.
    calls : int, default 5
        Of each way, after one that warms up.

    Returns
    -------
    callable
        The way whose fastest call is the shortest.
    """

    def best_time(way: Side) -> float:
        way()
        times = []
        for _ in range(calls):
            start = time.perf_counter()
            way()
            times.append(time.perf_counter() - start)
        return min(times)

    return min(ways, key=best_time)


def check_compiler() -> None:
    """Leave with a sentence if there is no C++ compiler, which PyTorch's needs."""
    compiler = os.environ.get("CXX", "g++")
    if shutil.which(compiler) is None:
        raise SystemExit(f"benchmarks: --compiled needs a C++ compiler, but {compiler} is not here: install it")


def compiled(side: Side) -> Side:
    """Compile what a side does with PyTorch (``torch.compile``): models, gradients and optimisers alike.

    Parameters
    ----------
    side : callable
        What has been called before, so that all that it builds once is built.

    Returns
    -------
    callable
        The same; its first call takes from seconds to minutes.
    """
    import torch
    import torch._inductor.config

    torch._dynamo.reset()  # or shapes that differ from the last benchmark's would count as changing ones
    torch._inductor.config.compile_threads = 1  # no other processes while others are timed
    logging.getLogger("torch._dynamo").setLevel(logging.ERROR)  # where a step reads its loss, the program has two parts
    return torch.compile(side.side if isinstance(side, Late) else side)
