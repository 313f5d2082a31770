"""The largest of many sums, against a full sort."""

import numpy as np
import pytest

from chainrule.decoding.best import largest_sums


@pytest.mark.parametrize(
    ("width", "count", "keep"),
    [(1, 5, 5), (1, 1000, 3), (5, 1003, 10), (4, 9000, 8), (2, 640, 2), (3, 64, 6), (5, 800, 10)],
)
@pytest.mark.parametrize("kind", ["different", "ties", "dead"])
def test_against_a_sort(width, count, keep, kind):
    rng = np.random.default_rng(count)
    values = rng.standard_normal((7, width, count)).astype(np.float32)
    offsets = rng.standard_normal((7, width)).astype(np.float32)
    if kind == "ties":
        values, offsets = np.round(values), np.round(offsets)
    if kind == "dead":
        values[0], offsets[1:, 1:] = -np.inf, -np.inf
    sums = (offsets[:, :, None] + values).reshape(7, -1)
    places = largest_sums(offsets, values, keep)
    assert all(len(set(row)) == keep for row in places.tolist())
    np.testing.assert_array_equal(np.take_along_axis(sums, places, axis=1), -np.sort(-sums, axis=1)[:, :keep])
    for row in range(7):
        alone = largest_sums(offsets[row : row + 1], values[row : row + 1], keep)
        np.testing.assert_array_equal(alone[0], places[row])
