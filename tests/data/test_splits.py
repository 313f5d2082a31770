"""The split by hash: stable, grouped by source, near the asked shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import PairDataset, split_of
from chainrule.errors import DataError

_PAIRS = st.lists(st.tuples(st.text("abcdef", min_size=1, max_size=4), st.text("XYZ", min_size=1, max_size=3)))


@given(_PAIRS, _PAIRS)
def test_growth_moves_nothing(old, new):
    before = PairDataset.from_pairs("old", old, dev=0.2, test=0.3)
    after = PairDataset.from_pairs("grown", new + old, dev=0.2, test=0.3)
    for part, pairs in before.splits.items():
        assert set(pairs.rows()) <= set(after.splits[part].rows())


@given(_PAIRS)
def test_every_source_is_in_one_part_with_all_its_references(pairs):
    dataset = PairDataset.from_pairs("some", pairs, dev=0.2, test=0.3)
    rows = [row for part in dataset.splits.values() for row in part.rows()]
    assert len(rows) == len(set(rows))
    assert set(rows) == set(pairs)
    sources = [source for part in dataset.splits.values() for source in part.sources]
    assert len(sources) == len(set(sources))


def test_known_answers():
    """These must never change: old runs are scored on the same examples."""
    words = [f"word{n}" for n in range(60)]
    assert [word for word in words if split_of(word) == "dev"] == ["word2", "word22"]
    assert [word for word in words if split_of(word) == "test"] == [
        "word8",
        "word13",
        "word17",
        "word18",
        "word34",
        "word36",
        "word52",
    ]


def test_shares():
    parts = [split_of(f"word {n}", dev=0.05, test=0.10) for n in range(20_000)]
    assert abs(parts.count("dev") / 20_000 - 0.05) < 0.01
    assert abs(parts.count("test") / 20_000 - 0.10) < 0.01


def test_the_test_part_does_not_depend_on_dev():
    words = [f"word {n}" for n in range(2000)]
    assert [split_of(w, dev=0.0) == "test" for w in words] == [split_of(w, dev=0.3) == "test" for w in words]


@pytest.mark.parametrize(("dev", "test"), [(-0.1, 0.1), (0.5, 0.5), (float("nan"), 0.1)])
def test_impossible_shares(dev, test):
    with pytest.raises(DataError, match="shares of dev and test"):
        split_of("word", dev, test)
