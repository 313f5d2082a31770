"""Random bits: known answers, the same everywhere, and random enough."""

import numpy as np
import pytest

from chainrule.kernels.cpu import random as cpu
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import random as reference

# Random123, kat_vectors: threefry2x32, 20 rounds; counter, key, result.
KNOWN = [
    ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]
SHAPES = [(1, 1), (3, 7), (5, 8), (1, 8191), (2, 8192), (2, 8193), (3, 20001), (0, 4), (4, 0), (1000, 3)]


def words(*values):
    return np.array(values, np.uint32)


@pytest.mark.parametrize("counter, key, expected", KNOWN)
def test_known_answers_of_the_reference(counter, key, expected):
    found = reference.threefry2x32(tuple(map(words, key)), tuple(map(words, counter)))
    assert tuple(int(word[0]) for word in found) == expected


def test_known_answers_as_random_bits():
    """A counter's second word is a column, so only a small one can be tried here."""
    for kernels in (reference, cpu):
        assert kernels.random_bits(words(0, 0), words(0), 2).tolist() == [[0x6B200159, 0x99BA4EFE]]


@pytest.fixture
def key():
    return words(0x12345678, 0xFFFFFFF0)


@pytest.mark.parametrize("rows, columns", SHAPES)
def test_the_same_bits_in_every_implementation(key, rows, columns):
    numbers = words(*range(0, 77 * rows, 77)) - np.uint32(5)
    expected = reference.random_bits(key, numbers, columns)
    assert expected.dtype == np.uint32 and expected.shape == (rows, columns)
    np.testing.assert_array_equal(cpu.random_bits(key, numbers, columns), expected)


def test_the_same_bits_in_jax(key):
    jax = pytest.importorskip("jax")
    rows = words(*range(5))
    expected = reference.random_bits(key, rows, 7)
    on_jax = jax.numpy.asarray(key), jax.numpy.asarray(rows)
    compiled = jax.jit(lambda key, rows: reference.random_bits(key, rows, 7))
    for found in (reference.random_bits(*on_jax, 7), compiled(*on_jax)):
        assert found.dtype == np.uint32
        np.testing.assert_array_equal(np.asarray(found), expected)
    mask = jax.jit(lambda key, rows: reference.dropout_mask(key, rows, 7, 0.9, np.float32))(*on_jax)
    np.testing.assert_array_equal(np.asarray(mask), reference.dropout_mask(key, rows, 7, 0.9, np.float32))


def test_a_row_depends_on_its_number_only(key):
    everything = cpu.random_bits(key, words(*range(10)), 9)
    np.testing.assert_array_equal(cpu.random_bits(key, words(7, 2), 9), everything[[7, 2]])
    np.testing.assert_array_equal(cpu.random_bits(key, words(7, 2), 4), everything[[7, 2], :4])


def test_bits_do_not_depend_on_the_number_of_threads(key):
    several = cpu.random_bits(key, words(0, 1), 100_000)
    with threads(1):
        np.testing.assert_array_equal(cpu.random_bits(key, words(0, 1), 100_000), several)


def test_any_place_in_memory(form):
    key, rows = words(1, 2), words(*range(12))
    np.testing.assert_array_equal(cpu.random_bits(form(key), form(rows), 9), cpu.random_bits(key, rows, 9))


@pytest.mark.parametrize("rows, columns", SHAPES)
@pytest.mark.parametrize("keep", [0.9, 0.5, 1.0, 1e-12])
def test_masks_agree(key, rows, columns, keep):
    numbers = words(*range(rows))
    for dtype in (np.float32, np.float64):
        expected = reference.dropout_mask(key, numbers, columns, keep, dtype)
        found = cpu.dropout_mask(key, numbers, columns, keep, dtype)
        assert found.dtype == expected.dtype == dtype and found.shape == expected.shape == (rows, columns)
        np.testing.assert_array_equal(found, expected)


def test_masks_keep_what_they_should(key):
    mask = cpu.dropout_mask(key, words(*range(64)), 4096, 0.9, np.float32)
    assert set(np.unique(mask)) == {np.float32(0), np.float32(1 / 0.9)}
    assert abs(mask.mean() - 1) < 5 * np.sqrt(0.1 / 0.9 / mask.size)  # five standard deviations
    assert cpu.dropout_mask(key, words(0), 100, 1.0, np.float32).min() == 1
    assert not cpu.dropout_mask(key, words(0), 100, 1e-12, np.float32).any()


def test_bits_are_even_and_independent(key):
    """Every bit is set half of the time, whatever its neighbour in the row or the column."""
    bits = np.unpackbits(cpu.random_bits(key, words(*range(128)), 128).view(np.uint8).reshape(128, -1), axis=1)
    signs = 2.0 * bits.reshape(128, 128, 32) - 1
    limit = 5 / np.sqrt(128 * 128)
    assert np.abs(signs.mean(axis=(0, 1))).max() < limit
    assert np.abs((signs[1:] * signs[:-1]).mean(axis=(0, 1))).max() < limit
    assert np.abs((signs[:, 1:] * signs[:, :-1]).mean(axis=(0, 1))).max() < limit
