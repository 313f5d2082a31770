"""A step of a search with an LSTM that looks back: fused against array code, the same for a source in any company."""

import numpy as np
import pytest

from chainrule.kernels.cpu import recurrent_search as cpu
from chainrule.kernels.reference import recurrent_search as reference

SYMBOLS = 11


def case(sources, beams, places, width, dtype=np.float32):
    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.normal(size=shape).astype(dtype)

    weights = normal(4 * width, width) * 0.2, normal(width, width) * 0.2
    table, state = normal(SYMBOLS, 4 * width), (normal(sources, beams, width), normal(sources, beams, width))
    memory = normal(sources, places, width), normal(sources, places, width)
    tokens, lengths = rng.integers(0, SYMBOLS, (sources, beams)), rng.integers(1, places + 1, sources)
    return weights, (tokens, table, *state), (*memory, lengths)


def step(kernels, weights, state, memory):
    return kernels.search_step(*state, kernels.prepare_search(*weights), *memory)


@pytest.mark.parametrize("shape", [(1, 1, 1, 16), (3, 5, 7, 32), (7, 2, 40, 64), (64, 5, 12, 48)])
def test_against_the_reference(shape):
    given = case(*shape)
    for ours, expected in zip(step(cpu, *given), step(reference, *given), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(("width", "dtype"), [(18, np.float32), (32, np.float64)])
def test_the_reference_does_the_rest(width, dtype):
    given = case(2, 3, 4, width, dtype)
    for ours, expected in zip(step(cpu, *given), step(reference, *given), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_a_source_gets_the_same_bits_alone():
    weights, state, memory = case(9, 3, 6, 32)
    together = step(cpu, weights, state, memory)
    for n in range(9):
        tokens, table, *parts = state
        row = slice(n, n + 1)
        alone = step(cpu, weights, (tokens[row], table, *(x[row] for x in parts)), [x[row] for x in memory])
        for one, other in zip(alone, together):
            np.testing.assert_array_equal(one[0], other[n])


def test_nothing_beyond_a_length_is_seen_and_nothing_changed():
    weights, state, (keys, values, lengths) = case(4, 2, 6, 16)
    before = [x.copy() for x in (*state, keys, values)]
    first = step(cpu, weights, state, (keys, values, lengths))
    for one, other in zip((*state, keys, values), before):
        np.testing.assert_array_equal(one, other)
    hidden = np.arange(6) >= lengths[:, None]
    keys[hidden], values[hidden] = np.nan, np.nan
    for one, other in zip(step(cpu, weights, state, (keys, values, lengths)), first):
        np.testing.assert_array_equal(one, other)
