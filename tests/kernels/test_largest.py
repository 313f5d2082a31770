"""The largest of many sums, against a full sort."""

import numpy as np
import pytest

from chainrule.kernels.cpu.largest import largest_sums
from chainrule.kernels.reference import largest as reference


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
    places = largest_sums(offsets, values, keep)
    np.testing.assert_array_equal(places, reference.largest_sums(offsets, values, keep))
    for row in range(7):
        alone = largest_sums(offsets[row : row + 1], values[row : row + 1], keep)
        np.testing.assert_array_equal(alone[0], places[row])


def test_other_types_and_strides():
    values = np.random.default_rng(0).standard_normal((3, 40, 2))
    offsets = np.zeros((3, 2))
    expected = reference.largest_sums(offsets, np.swapaxes(values, 1, 2), 5)
    np.testing.assert_array_equal(largest_sums(offsets, np.swapaxes(values, 1, 2), 5), expected)
    narrow = np.swapaxes(values.astype(np.float32), 1, 2)
    np.testing.assert_array_equal(largest_sums(offsets.astype(np.float32), narrow, 5), expected)


def test_what_is_no_number_is_passed_over():
    values = np.full((1, 1, 200), np.nan, np.float32)
    values[0, 0, 150] = 1.0
    assert len(set(largest_sums(np.zeros((1, 1), np.float32), values, 4)[0].tolist())) == 4
