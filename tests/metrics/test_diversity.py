"""Diversity of replies, by hand."""

import pytest

from chainrule.errors import DataError
from chainrule.metrics import distinct, diversity


def test_by_hand():
    found = diversity(["yes", "yes", "no no no", "I do not know"])
    assert found.distinct_1 == pytest.approx(6 / 9)  # yes no I do not know, of nine words
    assert found.distinct_2 == pytest.approx(4 / 5)
    assert (found.different, found.commonest, found.commonest_share) == (3, "yes", 0.5)


def test_too_short_for_pairs():
    assert distinct([["a"], []], 2) == 0.0
    assert diversity([""]).commonest_share == 1.0
    with pytest.raises(DataError, match="at least one reply"):
        diversity([])
