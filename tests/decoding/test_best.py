"""The largest of many numbers, against a full sort."""

import numpy as np
import pytest

from chainrule.decoding.best import largest


@pytest.mark.parametrize(("count", "keep"), [(5, 5), (64, 3), (1000, 10), (1003, 1), (9000, 8), (640, 2)])
@pytest.mark.parametrize("ties", [False, True])
def test_against_a_sort(count, keep, ties):
    values = np.random.default_rng(count).standard_normal((7, count)).astype(np.float32)
    if ties:
        values = np.round(values)
        values[0] = -np.inf
    places = largest(values, keep)
    assert all(len(set(row)) == keep for row in places.tolist())
    np.testing.assert_array_equal(np.take_along_axis(values, places, axis=1), -np.sort(-values, axis=1)[:, :keep])
    for row in range(7):
        np.testing.assert_array_equal(largest(values[row : row + 1], keep)[0], places[row])
