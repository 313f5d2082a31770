"""Scores that can be resampled: intervals and tests behave as they should where the truth is known."""

import math

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.metrics import (
    Measurement,
    bootstrap_interval,
    compare_measurements,
    error_measurements,
    error_rates,
    perplexity,
)


def _accuracy(right):
    return Measurement("accuracy", np.stack([right, np.ones_like(right)], axis=1).astype(float))


def test_the_interval_is_that_of_theory():
    right = np.arange(1000) % 4 == 0
    low, high = _accuracy(right).interval(2000)
    deviation = math.sqrt(0.25 * 0.75 / 1000)
    assert low == pytest.approx(0.25 - 1.96 * deviation, abs=0.003)
    assert high == pytest.approx(0.25 + 1.96 * deviation, abs=0.003)
    assert bootstrap_interval(right, np.ones(1000), 2000) == pytest.approx((low, high))


def test_pairing_sees_what_intervals_do_not():
    """Two systems that disagree on few examples differ clearly, though their intervals overlap."""
    first = np.arange(400) % 2 == 0
    second = first.copy()
    second[1:40:2] = True
    comparison = compare_measurements(_accuracy(first), _accuracy(second))
    assert comparison.difference == pytest.approx(20 / 400)
    assert comparison.p_value < 0.01
    assert comparison.interval[0] > 0
    assert _accuracy(first).interval()[1] > _accuracy(second).interval()[0]


def test_by_chance_one_in_twenty_differs():
    rng = np.random.default_rng(0)
    p_values = []
    for _ in range(200):
        first, second = rng.random((2, 300)) < 0.5
        p_values.append(compare_measurements(_accuracy(first), _accuracy(second), 200).p_value)
    assert 0.01 < np.mean(np.array(p_values) < 0.05) < 0.11


def test_different_scores_are_not_compared():
    first = _accuracy(np.ones(3))
    with pytest.raises(DataError, match="the same score of the same examples, got accuracy of 3 and accuracy of 4"):
        compare_measurements(first, _accuracy(np.ones(4)))
    with pytest.raises(DataError, match="got accuracy of 3 and F1 of 3"):
        compare_measurements(first, Measurement("F1", first.statistics))


def test_error_rates_as_measurements():
    predictions, references = [["a", "b"], ["c"], []], [[["a", "c"]], [["c"], ["d"]], [["e", "f"]]]
    rates = error_rates(predictions, references)
    words, symbols = error_measurements(predictions, references, "word", "phoneme")
    assert (words.name, words.value) == ("word error rate", rates.sequence_error_rate)
    assert (symbols.name, symbols.value) == ("phoneme error rate", rates.symbol_error_rate)
    assert symbols.interval() == pytest.approx(rates.symbol_interval)
    assert words.lower_is_better
    assert words.per_cent


def test_perplexity():
    uniform = perplexity(np.log([1 / 8, 1 / 64]), np.array([1, 2]))
    assert uniform.value == pytest.approx(8)
    assert uniform.interval() == pytest.approx((8, 8))
