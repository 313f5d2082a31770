"""Batches: each example once, within the budget, in an order that can be taken up anywhere."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import (
    BOS,
    EOS,
    PAD,
    CharacterTokenizer,
    EncodedPairs,
    Pairs,
    Sequences,
    SymbolTokenizer,
    TrainingBatches,
    encode_pairs,
    evaluation_batches,
    source_batches,
)
from chainrule.errors import ConfigError, DataError


@st.composite
def encoded_pairs(draw):
    """Sources of 1 to 9 symbols with 1 to 3 references of 0 to 9."""
    lengths = draw(
        st.lists(st.tuples(st.integers(1, 9), st.lists(st.integers(0, 9), min_size=1, max_size=3)), min_size=1)
    )
    sources = Sequences.from_lists([4 + i % 5] * s for i, (s, _) in enumerate(lengths))
    targets = Sequences.from_lists([9 + r % 7] * t for r, t in enumerate(t for _, ts in lengths for t in ts))
    first_row = np.cumsum([0] + [len(ts) for _, ts in lengths])
    return EncodedPairs(sources, targets, first_row)


@st.composite
def training_batches(draw, **fixed):
    options = {
        "max_tokens": draw(st.integers(10, 60)),
        "max_rows": draw(st.integers(1, 8)),
        "seed": draw(st.integers(0, 2**64 - 1)),
        "bucket_width": draw(st.integers(1, 4)),
        "sample_reference": draw(st.booleans()),
    } | fixed
    examples = draw(encoded_pairs())
    return examples, options, lambda: TrainingBatches(examples, **options)


def _epoch(batches):
    return list(itertools.islice(batches, batches.batches_per_epoch))


@given(training_batches(sample_reference=False))
def test_an_epoch_has_each_row_once(case):
    examples, _, make = case
    batches = make()
    for _ in range(2):
        rows = np.concatenate([batch.indices for batch in _epoch(batches)])
        assert sorted(rows) == list(range(len(examples.targets)))


@given(training_batches(sample_reference=True))
def test_a_sampled_epoch_has_each_source_once(case):
    examples, _, make = case
    rows = np.concatenate([batch.indices for batch in _epoch(make())])
    assert sorted(examples.source_of_row[rows]) == list(range(len(examples.sources)))


@given(training_batches())
def test_limits_are_kept(case):
    _, options, make = case
    for batch in _epoch(make()):
        assert 1 <= len(batch) <= options["max_rows"]
        assert len(batch) * max(batch.source.shape[1], batch.target_out.shape[1]) <= options["max_tokens"]


@given(training_batches())
def test_batches_hold_what_their_indices_say(case):
    examples, _, make = case
    for batch in _epoch(make()):
        sources = examples.source_of_row[batch.indices]
        assert batch.source.dtype == batch.target_in.dtype == batch.source_lengths.dtype == np.int64
        for row, (index, source) in enumerate(zip(batch.indices, sources, strict=True)):
            s, t = batch.source_lengths[row], batch.target_lengths[row]
            assert list(batch.source[row, :s]) == list(examples.sources[source])
            assert list(batch.target_in[row, :t]) == [BOS, *examples.targets[index]]
            assert list(batch.target_out[row, :t]) == [*examples.targets[index], EOS]
            assert not (batch.source[row, s:] != PAD).any()
            assert not (batch.target_in[row, t:] != PAD).any()
            assert not (batch.target_out[row, t:] != PAD).any()
        assert batch.source.shape[1] == batch.source_lengths.max()
        assert batch.target_in.shape[1] == batch.target_lengths.max()


@given(training_batches(), st.data())
def test_a_position_taken_up_gives_the_same_batches(case, data):
    _, _, make = case
    unbroken = make()
    epoch = data.draw(st.integers(0, 2))
    index = data.draw(st.integers(0, unbroken.batches_per_epoch - 1))
    for _ in range(epoch * unbroken.batches_per_epoch + index):
        next(unbroken)
    assert unbroken.position == (epoch, index)
    resumed = make()
    resumed.position = (epoch, index)
    for _ in range(unbroken.batches_per_epoch + 2):
        ours, theirs = next(resumed), next(unbroken)
        assert resumed.position == unbroken.position
        for name in vars(ours):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name))


def _words(count):
    rng = np.random.default_rng(0)
    words = sorted({"".join(rng.choice(list("abcde"), rng.integers(3, 9))) for _ in range(count)})
    return encode_pairs(
        Pairs(tuple(words), tuple((" ".join(word),) for word in words)),
        CharacterTokenizer.fit(words),
        SymbolTokenizer.fit(" ".join(word) for word in words),
    )


def test_order_differs_between_epochs_and_seeds():
    examples = _words(2000)
    rows = [
        np.concatenate([b.indices for b in _epoch(TrainingBatches(examples, max_tokens=300, max_rows=32, seed=s))])
        for s in (0, 1)
    ]
    batches = TrainingBatches(examples, max_tokens=300, max_rows=32, seed=0)
    batches.position = (1, 0)
    rows.append(np.concatenate([b.indices for b in _epoch(batches)]))
    for first, second in itertools.combinations(rows, 2):
        assert np.mean(first == second) < 0.05


def test_known_order():
    """Old runs must be resumed with the same order by every later version."""
    sequences = Sequences.from_lists([4] * (1 + n % 3) for n in range(24))
    batches = TrainingBatches(
        EncodedPairs(sequences, sequences, np.arange(25)), max_tokens=60, max_rows=6, seed=7, bucket_width=2
    )
    batches.position = (3, 1)
    assert [next(batches).indices.tolist() for _ in range(2)] == [[5, 17, 8, 11, 14, 20], [6, 12, 19, 7, 16, 4]]


def test_lengths_are_bucketed():
    batches = _epoch(TrainingBatches(_words(3000), max_tokens=10_000, max_rows=64))
    padded = sum(batch.source.size for batch in batches)
    assert padded < 1.02 * sum(int(batch.source_lengths.sum()) for batch in batches)
    assert {len(batch) for batch in batches[:-1]} >= {64}


def test_all_references_are_drawn_in_time():
    examples = encode_pairs(
        Pairs(("ab", "cd"), (("X", "Y Y", "Z Z Z"), ("X",))),
        CharacterTokenizer.fit(["abcd"]),
        SymbolTokenizer.fit(["X Y Z"]),
    )
    batches = TrainingBatches(examples, max_tokens=100, max_rows=10, sample_reference=True)
    counts = np.zeros(4)
    for _ in range(300):
        counts[next(batches).indices] += 1
    assert counts[3] == 300
    assert counts[:3].min() > 70


def test_parts_add_up():
    batch = next(TrainingBatches(_words(200), max_tokens=10_000, max_rows=50, bucket_width=4))
    parts = batch.split(4)
    assert [len(part) for part in parts] == [13, 13, 12, 12]
    assert np.array_equal(np.concatenate([part.indices for part in parts]), batch.indices)
    assert sum(part.target_tokens for part in parts) == batch.target_tokens
    for part in parts:
        assert part.source.shape[1] == batch.source.shape[1]
        assert part.source.flags.c_contiguous
        assert part.target_in.shape == part.target_out.shape == (len(part), batch.target_out.shape[1])
    assert len(batch.split(1000)) == 50


@given(encoded_pairs(), st.integers(1, 30), st.integers(1, 8))
def test_evaluation_goes_through_everything_once(examples, max_tokens, max_rows):
    batches = list(evaluation_batches(examples, max_tokens=max_tokens, max_rows=max_rows))
    assert sorted(np.concatenate([b.indices for b in batches])) == list(range(len(examples.targets)))
    sources = list(source_batches(examples.sources, max_tokens=max_tokens, max_rows=max_rows))
    assert sorted(np.concatenate([b.indices for b in sources])) == list(range(len(examples.sources)))
    for batch in batches + sources:
        assert len(batch) == 1 or len(batch) * batch.source.shape[1] <= max_tokens
        assert len(batch) <= max_rows
    for batch in sources:
        for row, index in enumerate(batch.indices):
            assert list(batch.source[row, : batch.source_lengths[row]]) == list(examples.sources[index])


def test_bad_settings():
    examples = _words(20)
    for options in ({"max_tokens": 0, "max_rows": 1}, {"max_tokens": 100, "max_rows": 0}):
        with pytest.raises(ConfigError, match="must be at least 1, got 0"):
            TrainingBatches(examples, **options)
    with pytest.raises(ConfigError, match="seed must be at least 0"):
        TrainingBatches(examples, max_tokens=100, max_rows=1, seed=-1)
    with pytest.raises(DataError, match="more than max_tokens = 5; raise max_tokens"):
        TrainingBatches(examples, max_tokens=5, max_rows=1)


@pytest.mark.parametrize("position", [(-1, 0), (0, -1), (0, 10_000)])
def test_bad_positions(position):
    batches = TrainingBatches(_words(20), max_tokens=100, max_rows=4)
    with pytest.raises(DataError, match="lies outside the data"):
        batches.position = position
    assert batches.position == (0, 0)


def test_nothing_to_train_on():
    tokenizer = CharacterTokenizer.fit(["a"])
    with pytest.raises(DataError, match="there is no example"):
        TrainingBatches(encode_pairs(Pairs((), ()), tokenizer, tokenizer), max_tokens=10, max_rows=1)
    with pytest.raises(DataError, match="source 1, ' ', must have at least one symbol"):
        encode_pairs(Pairs(("a", " "), (("a",), ("a",))), SymbolTokenizer(["a"]), tokenizer)
    with pytest.raises(DataError, match="source 0, 'a', must have at least one reference"):
        encode_pairs(Pairs(("a",), ((),)), tokenizer, tokenizer)


def test_rows_keep_their_order():
    """Row indices key the random draws of a training step, so their meaning must not move."""
    pairs = Pairs(("ab", "c"), (("a", "b a"), ("b",)))
    examples = encode_pairs(pairs, CharacterTokenizer.fit(["abc"]), SymbolTokenizer.fit(["a b"]))
    assert [list(examples.targets[row]) for row in range(3)] == [[4], [5, 4], [5]]
    assert examples.source_of_row.tolist() == [0, 0, 1]
    assert examples.sources.lengths.tolist() == [2, 1]
