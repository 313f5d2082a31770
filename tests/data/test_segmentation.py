"""BPE-dropout in training: other cuts in each epoch, the same again after a resume."""

import numpy as np
import pytest

from chainrule.data import BPETokenizer, CharacterTokenizer, Pairs, TrainingBatches, encode_pairs
from chainrule.data.segmentation import Segmentation
from chainrule.errors import ConfigError

pytest.importorskip("sentencepiece", reason='subwords: pip install "chainrule[text]"')

_WORDS = ["lower", "lowest", "newer", "newest", "wider", "widest"]
_PAIRS = Pairs(tuple(f"{a} {b}" for a in _WORDS for b in _WORDS), tuple((f"{b} {a}",) for a in _WORDS for b in _WORDS))


@pytest.fixture(scope="module")
def tokenizer():
    return BPETokenizer.fit(_PAIRS.sources, size=40)


def _batches(tokenizer, dropout=0.3, seed=1, target=None):
    target = tokenizer if target is None else target
    segmentation = Segmentation(_PAIRS, tokenizer, target, dropout, seed)
    return TrainingBatches(
        encode_pairs(_PAIRS, tokenizer, target), max_tokens=200, max_rows=8, seed=seed, segmentation=segmentation
    )


def _texts(tokenizer, batch):
    return {
        int(index): (tuple(source[:length]), tokenizer.decode(source[:length]), tokenizer.decode(target))
        for index, source, length, target in zip(
            batch.indices, batch.source, batch.source_lengths, batch.target_out, strict=True
        )
    }


def test_each_epoch_cuts_the_same_texts_in_its_own_way(tokenizer):
    batches = _batches(tokenizer)
    epochs = []
    for _ in range(2):
        rows = {}
        for _ in range(batches.batches_per_epoch):
            rows |= _texts(tokenizer, next(batches))
        assert sorted(rows) == list(range(len(_PAIRS)))
        for index, (_, source, target) in rows.items():
            assert (source,) == (_PAIRS.sources[index],)
            assert (target,) == _PAIRS.references[index]
        epochs.append(rows)
    changed = sum(epochs[0][index][0] != epochs[1][index][0] for index in epochs[0])
    assert changed > len(_PAIRS) / 2


def test_any_position_can_be_taken_up(tokenizer):
    batches = _batches(tokenizer)
    seen = [next(batches) for _ in range(batches.batches_per_epoch + 3)]
    again = _batches(tokenizer)
    again.position = (1, 2)
    for field in ("source", "source_lengths", "target_in", "target_out", "target_lengths", "indices"):
        np.testing.assert_array_equal(getattr(next(again), field), getattr(seen[batches.batches_per_epoch + 2], field))
        again.position = (1, 2)


def test_a_side_of_characters_stays_as_it_is(tokenizer):
    characters = CharacterTokenizer.fit(_PAIRS.sources)
    batch = next(_batches(tokenizer, target=characters))
    assert characters.decode(batch.target_out[0]) == _PAIRS.references[batch.indices[0]][0]
    with pytest.raises(ConfigError, match="needs the symbols of a side to be made by byte-pair encoding"):
        Segmentation(_PAIRS, characters, characters, 0.1, 0)
