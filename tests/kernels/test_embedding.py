"""Rows of a table on the CPU against the reference."""

import numpy as np
import pytest

from chainrule.kernels.cpu import embedding as cpu
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import embedding as reference


@pytest.mark.parametrize("rows, width", [(1, 1), (7, 5), (50, 33), (9, 0), (300, 256)])
@pytest.mark.parametrize("shape", [(), (1,), (0,), (4, 9), (20, 1, 30)])
def test_values_and_gradients(rng, rows, width, shape):
    weight = rng.standard_normal((rows, width), dtype="f")
    ids = np.asarray(rng.integers(0, rows, shape))
    g = rng.standard_normal((*shape, width), dtype="f")
    found = cpu.embedding(weight, ids)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, reference.embedding(weight, ids))
    # The same bits: every row is summed in the order of ids.
    np.testing.assert_array_equal(cpu.embedding_backward(g, ids, rows), reference.embedding_backward(g, ids, rows))


def test_bits_do_not_depend_on_the_number_of_threads(rng):
    ids, g = rng.integers(0, 9, 3000), rng.standard_normal((3000, 100), dtype="f")
    several = cpu.embedding_backward(g, ids, 9)
    with threads(1):
        np.testing.assert_array_equal(cpu.embedding_backward(g, ids, 9), several)


def test_any_place_in_memory(rng, form):
    weight, ids = rng.standard_normal((8, 6), dtype="f"), rng.integers(0, 8, (4, 9))
    g = rng.standard_normal((4, 9, 6), dtype="f")
    np.testing.assert_array_equal(cpu.embedding(form(weight), form(ids)), cpu.embedding(weight, ids))
    np.testing.assert_array_equal(cpu.embedding_backward(form(g), form(ids), 8), cpu.embedding_backward(g, ids, 8))


@pytest.mark.parametrize("wrong", [-1, 8, 2**40])
def test_ids_outside_the_table_are_refused(wrong):
    ids = np.array([0, wrong, 3])
    with pytest.raises(IndexError, match=f"ids from 0 to 7, the rows of its table, but got {wrong}"):
        cpu.embedding(np.zeros((8, 2), "f"), ids)
    with pytest.raises(IndexError, match=f"but got {wrong}"):
        cpu.embedding_backward(np.zeros((3, 2), "f"), ids, 8)


@pytest.mark.parametrize("kind", [np.int32, np.uint8])
def test_any_integers(rng, kind):
    weight = rng.standard_normal((8, 6), dtype="f")
    np.testing.assert_array_equal(cpu.embedding(weight, np.arange(8, dtype=kind)), weight)


def test_double_precision_falls_back_to_the_reference(rng):
    weight, ids = rng.standard_normal((8, 6)), rng.integers(0, 8, (4, 9))
    assert cpu.embedding(weight, ids).dtype == np.float64
    g = rng.standard_normal((4, 9, 6))
    np.testing.assert_array_equal(cpu.embedding_backward(g, ids, 8), reference.embedding_backward(g, ids, 8))
