"""Attention on the CPU against the reference in double precision."""

import numpy as np
import pytest

from chainrule.kernels.cpu import attention as cpu
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import attention as reference

ALL = (True, True, True, False)
SHAPES = [  # (batch, heads), T, S, D, E
    ((1, 1), 1, 1, 1, 1),
    ((2, 3), 5, 7, 4, 4),
    ((3, 4), 64, 64, 32, 32),
    ((1, 2), 300, 600, 24, 40),
    ((2, 1), 70, 33, 16, 70),
    ((), 20, 50, 8, 8),
    ((2,), 3, 260, 64, 64),
    ((2, 2, 2), 9, 9, 16, 16),
]


def close(found, expected, tolerance=2e-6):
    assert found.dtype == np.float32 and found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * max(1.0, np.abs(expected).max()))


def operands(rng, leading, rows, count, width, wide):
    shapes = (rows, width), (count, width), (count, wide), (rows, wide)
    return [rng.standard_normal((*leading, *shape), dtype="f") for shape in shapes]


def both(kernels, q, k, v, g, bias=None, dropped=None, causal=False, wanted=ALL):
    options = bias, dropped, 0.3, causal
    y, saved = kernels.attention(q, k, v, *options, True)
    return y, *kernels.attention_backward(g, q, k, v, *options, saved, wanted)


def compare(arrays, bias=None, dropped=None, causal=False):
    found = both(cpu, *arrays, bias, dropped, causal)
    double = [None if x is None else x.astype("d") for x in (*arrays, bias, dropped)]
    expected = both(reference, *double, causal)
    assert found[-1] is None
    for x, y in zip(found[:-1], expected):
        close(x, y)


@pytest.mark.parametrize("sizes", SHAPES, ids=str)
@pytest.mark.parametrize("causal", [False, True])
def test_values_and_gradients(rng, sizes, causal):
    compare(operands(rng, *sizes), causal=causal)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shape", [(300,), (70, 300), (2, 1, 1, 300), (2, 1, 70, 1), (1, 3, 70, 300), (3, 1, 1)])
def test_bias(rng, shape, causal):
    compare(operands(rng, (2, 3), 70, 300, 16, 16), rng.standard_normal(shape, dtype="f"), causal=causal)


def test_hidden_keys_count_nothing(rng):
    q, k, v, g = operands(rng, (2, 2), 60, 300, 16, 16)
    hidden = np.arange(300) >= np.array([290, 40])[:, None, None, None]
    bias = np.where(hidden, -np.inf, 0).astype("f")
    compare([q, k, v, g], bias)
    alone = both(cpu, *(x[1:] for x in (q, k[:, :, :40], v[:, :, :40], g)))
    for found, expected in zip(both(cpu, q, k, v, g, bias), alone[:2]):
        close(found[1:], expected)


def test_a_query_that_sees_nothing_gets_zero(rng):
    arrays = operands(rng, (1, 1), 50, 300, 8, 8)
    bias = np.where(rng.random((50, 300)) < 0.5, 0, -np.inf).astype("f")
    bias[4] = -np.inf
    bias[7, :280] = -np.inf  # nothing in the first block of keys
    compare(arrays, bias)
    y, dq, *_ = both(cpu, *arrays, bias)
    assert not y[0, 0, 4].any() and not dq[0, 0, 4].any()


@pytest.mark.parametrize("causal", [False, True])
def test_dropped_weights(rng, causal):
    dropped = ((rng.random((2, 2, 70, 300)) < 0.8) / 0.8).astype("f")
    compare(operands(rng, (2, 2), 70, 300, 16, 16), None, dropped, causal)


def test_large_scores():
    q, k = np.full((1, 1, 3, 4), 1e3, "f"), np.array([[[[1e3] * 4, [-1e3] * 4, [999.0] * 4]]], "f")
    y, _ = cpu.attention(q, k, np.eye(3, dtype="f")[None, None], None, None, 1.0, False, False)
    np.testing.assert_array_equal(y[0, 0], [[1, 0, 0]] * 3)


def test_any_place_in_memory(rng, form):
    arrays = operands(rng, (2, 3), 40, 50, 16, 16)
    for found, expected in zip(both(cpu, *map(form, arrays))[:-1], both(cpu, *arrays)):
        np.testing.assert_array_equal(found, expected)


def test_heads_inside_rows(rng):
    """Queries, keys and values side by side in one array, as a projection leaves them."""
    packed = rng.standard_normal((2, 40, 3, 4, 16), dtype="f")
    q, k, v = (packed[:, :, i].swapaxes(1, 2) for i in range(3))
    for found, expected in zip(both(cpu, q, k, v, q)[:-1], both(cpu, *(np.ascontiguousarray(x) for x in (q, k, v, q)))):
        np.testing.assert_array_equal(found, expected)


def test_results_do_not_depend_on_threads(rng):
    arrays = operands(rng, (3, 3), 200, 200, 32, 32)
    with threads(1):
        expected = both(cpu, *arrays, causal=True)
    for found, alone in zip(both(cpu, *arrays, causal=True)[:-1], expected):
        np.testing.assert_array_equal(found, alone)


def test_nan_stays_in_its_row(rng):
    q, k, v, _ = operands(rng, (1, 1), 20, 50, 8, 8)
    q[0, 0, 3, 2] = np.nan
    y, _ = cpu.attention(q, k, v, None, None, 1.0, False, False)
    assert np.isnan(y[0, 0, 3]).all() and np.isfinite(np.delete(y, 3, axis=2)).all()


def test_what_the_kernel_does_not_do_is_left_to_the_reference(rng):
    arrays = operands(rng, (2, 2), 5, 7, 4, 4)
    double = [x.astype("d") for x in arrays]
    for found, expected in zip(both(cpu, *double)[:-1], both(reference, *double)):
        np.testing.assert_array_equal(found, expected)
    bias = rng.standard_normal((5, 7), dtype="f")
    *_, dbias = both(cpu, *arrays, bias, wanted=(True,) * 4)
    *_, expected = both(reference, *double, bias.astype("d"), wanted=(True,) * 4)
    close(dbias, expected)
    q, k, v, _ = arrays
    shared = cpu.attention(q, k[:1], v[:1], None, None, 1.0, False, False)[0]
    close(shared, reference.attention(q, k[:1], v[:1], None, None, 1.0, False, False)[0])


def test_only_wanted_gradients(rng):
    arrays = operands(rng, (2, 2), 5, 7, 4, 4)
    _, dq, dk, dv, _ = both(cpu, *arrays, wanted=(False, True, False, False))
    assert dq is None and dv is None
    np.testing.assert_array_equal(dk, both(cpu, *arrays)[2])
