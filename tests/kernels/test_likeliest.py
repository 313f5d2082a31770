"""The likeliest symbols, found in the cache, against all of them written down."""

import numpy as np
import pytest

from chainrule.kernels.cpu import likeliest as cpu
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import likeliest as reference


def operands(rng, count, beams, symbols, depth, bias=True):
    offsets, x = rng.standard_normal((count, beams), dtype="f"), rng.standard_normal((count, beams, depth), dtype="f")
    weight = rng.standard_normal((symbols, depth), dtype="f")
    return offsets, x, weight, rng.standard_normal(symbols, dtype="f") if bias else None


def found_by(module, offsets, x, weight, bias, keep, never=()):
    return module.likeliest(offsets, x, module.prepare_symbols(weight, bias), keep, np.array(never, np.int64))


@pytest.mark.parametrize(("count", "beams"), [(1, 1), (3, 5), (9, 4)])
@pytest.mark.parametrize("symbols", [3, 16, 255, 256, 300, 1000])
@pytest.mark.parametrize("bias", [False, True])
def test_likeliest(rng, count, beams, symbols, bias):
    offsets, *others = operands(rng, count, beams, symbols, 24, bias)
    offsets[0, beams // 2 :] = -np.inf
    keep, never = min(2 * beams, beams * symbols), [0, symbols - 1]
    places, log_probs = found_by(cpu, offsets, *others, keep, never)
    wide = [None if part is None else part.astype("d") for part in (offsets, *others)]
    expected, theirs = found_by(reference, *wide, keep, never)
    sums = [
        o[np.arange(count)[:, None], p // symbols] + l
        for o, p, l in ((offsets, places, log_probs), (wide[0], expected, theirs))
    ]
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-5, atol=1e-5)
    counts = np.isfinite(sums[1])
    np.testing.assert_array_equal(places[counts], expected[counts])
    np.testing.assert_allclose(log_probs[counts], theirs[counts], rtol=1e-5, atol=1e-5)
    assert (np.sort(places, axis=1)[:, 1:] != np.sort(places, axis=1)[:, :-1]).all() and (
        places < beams * symbols
    ).all()


def test_of_equal_ones_the_first_come_first(rng):
    x, offsets = np.zeros((2, 3, 16), "f"), np.zeros((2, 3), "f")
    weight = rng.standard_normal((700, 16), dtype="f")
    places, log_probs = found_by(cpu, offsets, x, weight, None, 6, [0, 2])
    np.testing.assert_array_equal(places, np.tile([1, 3, 4, 5, 6, 7], (2, 1)))
    np.testing.assert_allclose(log_probs, -np.log(700), rtol=1e-6)


def test_a_wide_range_of_scores(rng):
    offsets, x, weight, _ = operands(rng, 2, 3, 500, 16)
    weight *= 100
    places, log_probs = found_by(cpu, offsets, x, weight, None, 6)
    expected, theirs = found_by(reference, offsets, x, weight, None, 6)
    np.testing.assert_array_equal(places, expected)
    np.testing.assert_allclose(log_probs, theirs, rtol=1e-5, atol=1e-3)


def test_threads_and_neighbours_change_nothing(rng):
    offsets, x, weight, bias = operands(rng, 7, 5, 300, 32)
    with threads(1):
        expected = found_by(cpu, offsets, x, weight, bias, 10)
    together, alone = (found_by(cpu, offsets[part], x[part], weight, bias, 10) for part in (slice(0, 7), slice(3, 4)))
    for one, other, single in zip(expected, together, alone):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(other[3:4], single)


def test_other_types_are_refused(rng):
    assert cpu.prepare_symbols(np.zeros((4, 3)), None) is None
