"""Errors and correlations of estimates, beside SciPy's and scikit-learn's where they are installed."""

import numpy as np
import pytest

from chainrule.metrics import regression_measurements


def scores(estimates, numbers):
    return [score.value for score in regression_measurements(np.array(estimates), np.array(numbers))]


def test_by_hand():
    error, explained, straight, ranks = scores([1.0, 2.0, 3.0, 5.0], [1.0, 3.0, 2.0, 6.0])
    assert error == 0.75
    assert explained == pytest.approx(1 - 3 / 14)
    assert straight == pytest.approx(10 / np.sqrt(8.75 * 14))
    assert ranks == pytest.approx(1 - 6 * 2 / (4 * 15))  # Spearman's formula where no two are equal


def test_as_others_compute_them():
    stats, metrics = pytest.importorskip("scipy.stats"), pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    numbers = rng.integers(-4, 5, 200).astype(float)  # many are equal
    estimates = np.round(numbers + rng.normal(size=200), 1)
    expected = [
        metrics.mean_absolute_error(numbers, estimates),
        metrics.r2_score(numbers, estimates),
        stats.pearsonr(numbers, estimates)[0],
        stats.spearmanr(numbers, estimates)[0],
    ]
    np.testing.assert_allclose(scores(estimates, numbers), expected, rtol=1e-12)
    moved = scores(estimates + 1e9, numbers + 1e9)
    np.testing.assert_allclose(moved, expected, rtol=1e-6)


def test_what_says_nothing_scores_zero():
    assert scores([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]) == [pytest.approx(2 / 3), 0.0, 0.0, 0.0]
    assert scores([1.0, 2.0, 3.0], [2.0, 2.0, 2.0]) == [pytest.approx(2 / 3), 0.0, 0.0, 0.0]


def test_the_interval_of_a_rank_correlation_ranks_each_draw_anew():
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=400)
    *_, score = regression_measurements(numbers + rng.normal(size=400), numbers)
    low, high = score.interval()
    assert low < score.value < high
    assert 0.08 < high - low < 0.16  # about 4 (1 - r^2) / sqrt(400), slightly more for ranks
    assert score.interval() == (low, high)
