import gc
import threading

import numpy as np
import pytest

from chainrule.kernels.cpu import memory
from chainrule.kernels.cpu.memory import LINE, lined


@pytest.fixture
def shelf(monkeypatch):
    """A shelf of its own, on which 1 kB is large."""
    fresh = memory._Shelf()
    monkeypatch.setattr(memory, "_LARGE", 1024)
    monkeypatch.setattr(memory, "_shelf", lambda process: fresh)
    return fresh


@pytest.mark.parametrize("shape", [(1,), (3, 5, 7), (40, 50)])
def test_begins_a_cache_line(shape, shelf):
    x = lined(*shape)
    assert x.shape == shape and x.dtype == np.float32 and x.flags.c_contiguous
    assert x.ctypes.data % LINE == 0


def test_a_large_block_is_lent_again(shelf):
    x = lined(1000)
    place = x.ctypes.data
    del x
    again, other = lined(950), lined(1000)
    assert again.ctypes.data == place
    assert not np.shares_memory(again, other)


def test_a_view_keeps_its_block(shelf):
    view = lined(1000)[500:]
    view[:] = 1.0
    others = [lined(1000) for _ in range(3)]
    for other in others:
        other[:] = 2.0
    assert (view == 1.0).all()


def test_a_block_is_not_wasted_on_much_less(shelf):
    x = lined(10_000)
    place = x.ctypes.data
    del x
    assert abs(lined(1000).ctypes.data - place) > LINE


def test_no_more_is_kept_than_was_lent_at_one_time(shelf):
    for size in range(1000, 20_000, 1000):
        lined(size)
        gc.collect()
        kept = sum(block.size for block in shelf._kept) + sum(block.size for block in shelf._returned)
        assert kept + shelf._lent - sum(block.size for block in shelf._returned) <= shelf._most_lent


def test_threads_never_share_a_block(shelf):
    wrong = []

    def work(number):
        for _ in range(300):
            x = lined(1000)
            x[:] = number
            if not (x == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
