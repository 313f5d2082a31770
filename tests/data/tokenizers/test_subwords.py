"""Subwords: learnt by sentencepiece, used without it, the same as its own."""

import json
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import UNK, BPETokenizer, UnigramTokenizer, load_tokenizer, tokenizer_from_dict
from chainrule.errors import CheckpointError, DataError
from chainrule.random import Generator

sentencepiece = pytest.importorskip("sentencepiece", reason='subwords: pip install "chainrule[text]"')

_KINDS = [BPETokenizer, UnigramTokenizer]
_TEXTS = [
    "the lower the newer, the wider the lowest",
    "the newest and the widest are the lowest of the new",
    "lower newer wider slower slowest",
    "我们今天去学校。今天天气很好。",
    "السلام عليكم والسلام",
] * 4


@pytest.fixture(scope="module", params=_KINDS)
def tokenizer(request):
    return request.param.fit(_TEXTS, size=110)


def test_round_trip(tokenizer):
    for text in _TEXTS:
        assert tokenizer.decode(tokenizer.encode(text)) == text
        assert not tokenizer.unknown(text)
    assert len(tokenizer) <= 110
    assert len(tokenizer.encode(_TEXTS[0])) < 0.7 * len(_TEXTS[0])


def test_the_same_texts_give_the_same_symbols(tokenizer):
    assert type(tokenizer).fit(_TEXTS[::-1], size=110) == tokenizer


def test_files(tokenizer, tmp_path, monkeypatch):
    tokenizer.save(tmp_path / "tokenizer.json")
    monkeypatch.setitem(sys.modules, "sentencepiece", None)  # neither reading nor using needs it
    again = load_tokenizer(tmp_path / "tokenizer.json")
    assert again == tokenizer
    assert [again.encode(text) for text in _TEXTS] == [tokenizer.encode(text) for text in _TEXTS]


def test_unknown_characters(tokenizer):
    assert UNK in tokenizer.encode("the ñ")
    assert tokenizer.unknown("the ñ") == ["ñ"]
    assert tokenizer.decode(tokenizer.encode("the ñ")) == "the <unk>"


@pytest.mark.parametrize("kind", _KINDS)
@given(text=st.text(st.characters(exclude_categories=("Cs", "Z", "Cc"), exclude_characters="\u2581"), min_size=1))
def test_with_bytes_nothing_is_unknown(kind, text):
    tokenizer = kind.fit(_TEXTS, size=400, byte_fallback=True)
    text = tokenizer.normalization(text)
    assert UNK not in tokenizer.encode(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_rare_characters_are_left_to_the_bytes():
    tokenizer = BPETokenizer.fit([*_TEXTS, "ñ"], size=400, byte_fallback=True)
    assert "ñ" not in tokenizer.symbols
    assert tokenizer.split("ñ") == ["▁", "<0xC3>", "<0xB1>"]
    assert tokenizer.decode([tokenizer.symbols.index("<0xC3>")]) == "\ufffd"


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_words_are_cut_as_sentencepiece_cuts_them(kind):
    cls = {"bpe": BPETokenizer, "unigram": UnigramTokenizer}[kind]
    rng = np.random.default_rng(0)
    stems = ["".join(rng.choice(list("abcde"), 3)) for _ in range(20)]
    words = ["".join(rng.choice(stems, rng.integers(1, 4))) for _ in range(500)]
    tokenizer = cls.fit(words, size=200)
    theirs = _processor(kind, words, 200)
    assert [tokenizer.split(word) for word in words] == [theirs.encode("▁" + word, out_type=str) for word in words]


def _processor(kind, words, size):
    import collections
    import io

    from chainrule.data.tokenizers.learning import _OUR_WORDS_AS_THEY_ARE

    model = io.BytesIO()
    counts = collections.Counter("▁" + word for word in words)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(f"{word}\t{count}" for word, count in sorted(counts.items())),
        model_writer=model,
        model_type=kind,
        vocab_size=size - 4 + 1,
        **_OUR_WORDS_AS_THEY_ARE,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def test_the_likeliest_way_is_found():
    tokenizer = UnigramTokenizer(["▁", "a", "b", "ab", "ba", "▁a"], [-1.0, -2.0, -2.0, -2.5, -2.6, -9.0])
    ways = {("▁", "ab", "a"): -5.5, ("▁", "a", "ba"): -5.6, ("▁a", "ba"): -11.6, ("▁", "a", "b", "a"): -7.0}
    assert tuple(tokenizer.split("aba")) == max(ways, key=ways.__getitem__)


def test_dropout_cuts_in_other_ways_that_mean_the_same():
    tokenizer = BPETokenizer.fit(_TEXTS, size=110)
    generator = Generator(1)
    ways = [tuple(tokenizer.encode(_TEXTS[0], 0.3, generator)) for _ in range(20)]
    assert len(set(ways)) > 10
    assert {tokenizer.decode(way) for way in ways} == {_TEXTS[0]}
    again = Generator(1)
    assert [tuple(tokenizer.encode(_TEXTS[0], 0.3, again)) for _ in range(20)] == ways
    assert tokenizer.encode(_TEXTS[0], 0.0, generator) == tokenizer.encode(_TEXTS[0])


def test_full_dropout_would_be_characters():
    tokenizer = BPETokenizer.fit(_TEXTS, size=110)
    way = tokenizer.encode("lowest", 0.999, Generator(0))
    assert [tokenizer.symbols[number] for number in way] == ["▁", *"lowest"]


@pytest.mark.parametrize(("dropout", "generator"), [(1.0, Generator(0)), (-0.1, Generator(0)), (0.1, None)])
def test_impossible_dropout_is_refused(dropout, generator):
    with pytest.raises(ValueError, match=r"expected a dropout in \[0, 1\) and a generator"):
        BPETokenizer.fit(_TEXTS, size=110).encode("the", dropout, generator)


@pytest.mark.parametrize("kind", _KINDS)
def test_what_cannot_be_learnt_is_refused(kind, monkeypatch):
    with pytest.raises(DataError, match=r"10 symbols cannot hold the .* different characters of the texts; raise"):
        kind.fit(_TEXTS, size=10)
    with pytest.raises(DataError, match="found no symbol"):
        kind.fit([""])
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(DataError, match=r"pip install \"chainrule\[text\]\""):
        kind.fit(_TEXTS)


@pytest.mark.parametrize("scores", [None, [1.0], ["a"] * 2, [1.0, float("nan")]])
def test_damaged_scores_are_refused(scores):
    content = UnigramTokenizer(["a", "b"], [-1.0, -2.0]).to_dict() | {"scores": scores}
    with pytest.raises(CheckpointError, match=r"is damaged: .*score"):
        tokenizer_from_dict(json.loads(json.dumps(content)))
