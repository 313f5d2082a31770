"""The vocabularies of a run, as the settings ask for them."""

import pytest

from chainrule.data import BPETokenizer, CharacterTokenizer, PairDataset, Pairs, SymbolTokenizer, WordTokenizer
from chainrule.errors import ConfigError
from chainrule.tasks.seq2seq import Seq2SeqSettings
from chainrule.tasks.seq2seq.vocabulary import fit_tokenizers


@pytest.fixture
def data():
    train = Pairs(("Ein Haus", "das Haus"), (("a house",), ("the house", "that house")))
    return PairDataset("pairs", {"train": train}, CharacterTokenizer, SymbolTokenizer)


def test_by_default_as_the_data_has_it(data):
    source, target = fit_tokenizers(Seq2SeqSettings(), data)
    assert isinstance(source, CharacterTokenizer)
    assert target.symbols[4:] == ("a", "house", "that", "the")


def test_words_of_both_sides(data):
    settings = Seq2SeqSettings(source_symbols="words", target_symbols="words", joint_vocabulary=True, lowercase=True)
    source, target = fit_tokenizers(settings, data)
    assert source is target
    assert isinstance(source, WordTokenizer)
    assert source.symbols[4:] == ("▁a", "▁das", "▁ein", "▁haus", "▁house", "▁that", "▁the")


def test_the_size_of_subwords(data):
    pytest.importorskip("sentencepiece")
    settings = Seq2SeqSettings(source_symbols="bpe", vocabulary_size=20, byte_fallback=False)
    source, target = fit_tokenizers(settings, data)
    assert isinstance(source, BPETokenizer)
    assert len(source) == 20
    assert isinstance(target, SymbolTokenizer)


def test_different_kinds_cannot_be_joint(data):
    with pytest.raises(ConfigError, match="same kind of symbols, got characters and symbols"):
        fit_tokenizers(Seq2SeqSettings(joint_vocabulary=True), data)
