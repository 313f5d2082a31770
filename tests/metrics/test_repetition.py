"""Student's t, against tables and SciPy's."""

import math

import numpy as np
import pytest

from chainrule.metrics.repetition import student_interval, student_quantile


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 10, 29, 100])
@pytest.mark.parametrize("probability", [0.5, 0.9, 0.975, 0.995])
def test_quantiles_are_those_of_scipy(freedom, probability):
    stats = pytest.importorskip("scipy.stats")
    assert student_quantile(probability, freedom) == pytest.approx(stats.t.ppf(probability, freedom), abs=1e-9)


def test_interval_of_a_mean():
    low, high = student_interval([1.0, 2.0, 3.0])
    assert (low, high) == pytest.approx((2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)))
    assert student_interval([5.0, 5.0]) == (5.0, 5.0)
    assert student_interval([5.0]) == (-math.inf, math.inf)


def test_intervals_hold_the_mean_as_often_as_they_say():
    values = np.random.default_rng(0).normal(3.0, 2.0, (2000, 5))
    held = [low < 3.0 < high for low, high in map(student_interval, values)]
    assert 0.93 < np.mean(held) < 0.97
