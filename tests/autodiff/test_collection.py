"""The brake on full collections: what it holds back, and what it must not."""

import gc
import time
import weakref

import numpy as np
import pytest

import chainrule as cr


def chain(depth):
    x = cr.Tensor(np.ones((10, 10)), requires_grad=True)
    for _ in range(depth):
        x = x * 1.0
    return x


class _Cyclic:
    def __init__(self):
        self.itself = self


def test_a_collection_that_was_asked_for_is_never_skipped():
    kept = []
    for _ in range(3):
        kept.append(chain(20_000))
        gone = weakref.ref(_Cyclic())
        gc.collect()
        assert gone() is None


def test_cycles_are_found_while_the_tape_grows():
    gone = [weakref.ref(_Cyclic()) for _ in range(10)]
    kept, deadline = [], time.perf_counter() + 60
    while any(cycle() is not None for cycle in gone):
        kept.append(chain(5_000))
        assert time.perf_counter() < deadline
    assert gc.get_freeze_count() == 0


def test_what_the_user_has_frozen_stays_frozen():
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        kept = chain(60_000)
        # Objects that have died in the meantime leave the permanent generation too.
        assert gc.get_freeze_count() > 0.9 * frozen
        del kept
    finally:
        gc.unfreeze()


@pytest.mark.slow
def test_the_garbage_collector_does_not_double_the_forward_time():
    def seconds():
        gc.collect()
        start = time.perf_counter()
        kept = chain(300_000)
        found = time.perf_counter() - start
        del kept
        return found

    collecting, without = [], []
    for _ in range(3):
        collecting.append(seconds())
        gc.disable()
        try:
            without.append(seconds())
        finally:
            gc.enable()
    assert min(collecting) < 2 * min(without)
