"""Batches of text without labels."""

import numpy as np
import pytest

from chainrule.data.sequences import Sequences
from chainrule.data.token_batches import StreamBatches, TextBatches, stream_pieces, text_batches
from chainrule.errors import DataError


def epoch(batches):
    start = batches.position[0]
    found = []
    while batches.position[0] == start:
        found.append(next(batches))
    return found


@pytest.mark.parametrize(
    ("total", "length", "overlap"), [(100, 10, 0), (103, 10, 1), (11, 11, 1), (12, 11, 1), (64, 7, 3)]
)
def test_an_epoch_cuts_the_stream_once(total, length, overlap):
    stream = np.arange(total, dtype=np.int32)
    batches = StreamBatches(stream, length, 3, seed=4, overlap=overlap)
    for _ in range(3):
        pieces = np.concatenate([batch.tokens for batch in epoch(batches)])
        starts = np.sort(pieces[:, 0])
        np.testing.assert_array_equal(pieces, pieces[:, :1] + np.arange(length))
        np.testing.assert_array_equal(np.diff(starts), length - overlap)
        assert starts[0] < length - overlap
        assert total - (starts[-1] + length) < 2 * (length - overlap)


def test_a_stream_shorter_than_a_piece():
    with pytest.raises(DataError, match="the text has 5 symbols, fewer than a piece of 6"):
        StreamBatches(np.arange(5, dtype=np.int32), 6, 3)


def test_epochs_differ_and_any_position_can_be_taken_up():
    stream = np.arange(1000, dtype=np.int32)
    batches = StreamBatches(stream, 10, 4, seed=1)
    everything = [next(batches).tokens for _ in range(2 * batches.batches_per_epoch + 3)]
    assert not np.array_equal(everything[0], everything[batches.batches_per_epoch])
    again = StreamBatches(stream, 10, 4, seed=1)
    again.position = (1, 5)
    np.testing.assert_array_equal(next(again).tokens, everything[batches.batches_per_epoch + 5])


def test_texts_come_once_an_epoch_in_batches_of_like_lengths():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 30, 200)
    texts = Sequences.from_lists([[i + 1] * n for i, n in enumerate(lengths)])
    batches = TextBatches(texts, max_tokens=100, max_rows=16, seed=2)
    orders = []
    for _ in range(2):
        found = epoch(batches)
        for batch in found:
            assert len(batch) <= 16
            assert batch.tokens.size <= 100
            assert batch.tokens.shape == (len(batch), batch.lengths.max())
        firsts = np.concatenate([batch.tokens[:, 0] for batch in found])
        np.testing.assert_array_equal(np.sort(firsts), np.arange(1, 201))
        orders.append(firsts.tolist())
    assert orders[0] != orders[1]


@pytest.mark.parametrize(
    ("total", "length", "overlap"), [(100, 10, 0), (103, 10, 1), (5, 10, 1), (21, 11, 1), (1, 4, 1)]
)
def test_going_once_through_a_stream_leaves_nothing_out(total, length, overlap):
    stream = np.arange(total, dtype=np.int32)
    seen = []
    for batch in stream_pieces(stream, length, 4, overlap=overlap):
        for row, n in zip(batch.tokens, batch.lengths):
            seen += row[overlap if seen else 0 : n].tolist()
    assert seen == (stream.tolist() if total > overlap else [])


def test_going_once_through_texts():
    texts = Sequences.from_lists([[7] * n for n in (3, 1, 5, 2)])
    rows = np.concatenate([rows for rows, _ in text_batches(texts, max_tokens=6, max_rows=2)])
    assert rows.tolist() == [1, 3, 0, 2]


def test_a_batch_splits_into_parts_of_the_same_width():
    texts = Sequences.from_lists([[7] * n for n in (3, 1, 5)])
    _, batch = next(iter(text_batches(texts, max_tokens=100, max_rows=9)))
    (first_rows, first), (rest_rows, rest) = batch.split(2)
    assert (first_rows.tolist(), rest_rows.tolist()) == ([0, 1], [2])
    assert (first.tokens.shape, rest.tokens.shape) == ((2, 5), (1, 5))
