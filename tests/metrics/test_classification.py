"""Accuracy, its interval, confusion and loss."""

import math

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.metrics import classification_scores, wilson_interval

PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.4, 0.4, 0.2], [0.0, 1.0, 0.0], [0.2, 0.5, 0.3]])
LABELS = np.array([0, 1, 0, 1, 1])


def test_counts():
    scores = classification_scores(PROBABILITIES, LABELS)
    assert np.array_equal(scores.confusion, [[2, 0, 0], [0, 2, 1], [0, 0, 0]])
    assert (scores.examples, scores.right, scores.errors) == (5, 4, 1)
    assert scores.accuracy == 0.8
    assert scores.interval == wilson_interval(4, 5)
    np.testing.assert_array_equal(scores.class_accuracy, [1, 2 / 3, np.nan])
    assert scores.log_loss == pytest.approx(-np.log([0.7, 0.1, 0.4, 1.0, 0.5]).mean())


def test_certain_and_wrong_is_a_finite_loss():
    assert math.isfinite(classification_scores(np.array([[1.0, 0.0]]), np.array([1])).log_loss)


def test_published_intervals():
    """Newcombe's table of 1998 (Two-sided confidence intervals for the single proportion), method 3."""
    for successes, trials, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@pytest.mark.parametrize(("rows", "labels"), [(0, 0), (3, 2)])
def test_nothing_to_score(rows, labels):
    with pytest.raises(DataError, match=f"classification_scores: expected .* got {rows} and {labels}"):
        classification_scores(np.ones((rows, 2)), np.zeros(labels, np.int64))
