"""Error rates against a slow, obvious count; confidence intervals against the normal approximation."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import DataError
from chainrule.metrics import bootstrap_interval, closest_reference, edit_distance, error_rates

_SYMBOLS = st.lists(st.sampled_from(["AA", "B", "CH"]), max_size=6)


@functools.cache
def _distance(a, b):
    """Levenshtein's recursion, word for word."""
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return _distance(a[1:], b[1:])
    return 1 + min(_distance(a[1:], b), _distance(a, b[1:]), _distance(a[1:], b[1:]))


@given(_SYMBOLS, _SYMBOLS)
def test_edit_distance(a, b):
    assert edit_distance(a, b) == _distance(tuple(a), tuple(b))


def test_distance_of_numbers_and_texts():
    assert edit_distance([1, 2, 300], [1, 300]) == 1
    assert edit_distance("kitten", "sitting") == 3


@given(st.lists(st.tuples(_SYMBOLS, st.lists(_SYMBOLS, min_size=1, max_size=3)), min_size=1, max_size=8))
def test_rates(examples):
    predictions, references = zip(*examples, strict=True)
    rates = error_rates(predictions, references, resamples=0)
    distances = [min(_distance(tuple(p), tuple(r)) for r in refs) for p, refs in examples]
    assert rates.symbol_errors == sum(distances)
    assert rates.sequence_errors == sum(p not in refs for p, refs in examples)
    assert rates.sequences == len(examples)
    assert rates.symbol_error_rate == rates.symbol_errors / max(1, rates.symbols)
    assert rates.sequence_error_rate + rates.sequence_accuracy == pytest.approx(1)
    assert rates.symbol_interval is rates.sequence_interval is None


def test_the_closest_reference_counts():
    assert closest_reference("abcd", ["xy", "abc", "abcde"]) == (1, "abc")
    rates = error_rates([["A", "B", "C"], ["A"]], [[["X"], ["A", "B"]], [["B"], ["A"]]])
    assert (rates.symbol_errors, rates.symbols) == (1, 3)
    assert (rates.sequence_errors, rates.sequences) == (1, 2)


def test_interval_agrees_with_the_normal_approximation():
    rng = np.random.default_rng(0)
    wrong = (rng.random(5000) < 0.34).astype(np.int64)
    low, high = bootstrap_interval(wrong, np.ones_like(wrong), resamples=2000)
    rate = wrong.mean()
    half = 1.96 * np.sqrt(rate * (1 - rate) / 5000)
    assert low == pytest.approx(rate - half, abs=0.002)
    assert high == pytest.approx(rate + half, abs=0.002)


def test_interval_is_reproducible_and_holds_the_rate():
    predictions = [["A", "B"], ["A", "C"], ["C"], ["A", "A", "A"]] * 25
    references = [[["A", "B"]], [["A", "B"]], [["C"]], [["A"]]] * 25
    first, second = error_rates(predictions, references), error_rates(predictions, references)
    assert first == second
    assert first.symbol_interval[0] < first.symbol_error_rate < first.symbol_interval[1]
    assert first.sequence_interval[0] < first.sequence_error_rate < first.sequence_interval[1]
    assert error_rates(predictions, references, seed=1).symbol_interval != first.symbol_interval


def test_no_spread_without_differences():
    rates = error_rates([["A"]] * 3, [[["A"]]] * 3)
    assert rates.symbol_interval == rates.sequence_interval == (0.0, 0.0)


def test_draws_are_made_in_pieces(monkeypatch):
    wrong = np.arange(50) % 3
    whole = bootstrap_interval(wrong, np.ones(50, np.int64))
    monkeypatch.setattr("chainrule.metrics.bootstrap._DRAWS_AT_ONCE", 1000)
    assert bootstrap_interval(wrong, np.ones(50, np.int64)) == pytest.approx(whole, abs=0.05)


@pytest.mark.parametrize(
    ("predictions", "references", "words"),
    [
        ([], [], "at least one, got 0 and 0"),
        ([["A"]], [], "got 1 and 0"),
        ([["A"]], [[]], "references of example 0 must be a list with at least one sequence"),
        (["A"], ["A"], "put a single reference into a list"),
    ],
)
def test_bad_input(predictions, references, words):
    with pytest.raises(DataError, match=words):
        error_rates(predictions, references)
