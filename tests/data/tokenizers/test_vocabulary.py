"""Tokenizers: round trips, unknown symbols, files."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import (
    BOS,
    EOS,
    PAD,
    UNK,
    CharacterTokenizer,
    SymbolTokenizer,
    choose_tokenizer,
    load_tokenizer,
    tokenizer_from_dict,
)
from chainrule.errors import CheckpointError, DataError

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
_SYMBOL = st.text("ABCXYZ0ʃæŋ", min_size=1, max_size=3)


@given(st.lists(_TEXT, min_size=1))
def test_characters_round_trip(texts):
    tokenizer = CharacterTokenizer.fit(texts)
    for text in texts:
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == tokenizer.normalization(text)
        assert min(ids) > UNK
        assert not tokenizer.unknown(text)


@given(st.lists(st.lists(_SYMBOL, min_size=1, max_size=8), min_size=1))
def test_symbols_round_trip(sequences):
    texts = [" ".join(symbols) for symbols in sequences]
    tokenizer = SymbolTokenizer.fit(texts)
    for text, symbols in zip(texts, sequences, strict=True):
        assert tokenizer.decode_symbols(tokenizer.encode(text)) == symbols
        assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.lists(_TEXT, min_size=1), st.randoms())
def test_vocabulary_does_not_depend_on_the_order(texts, random):
    shuffled = list(texts)
    random.shuffle(shuffled)
    assert CharacterTokenizer.fit(texts) == CharacterTokenizer.fit(shuffled)


@pytest.mark.parametrize("kind", [CharacterTokenizer, SymbolTokenizer])
@given(texts=st.lists(_TEXT.filter(str.strip), min_size=1))
def test_description_round_trip(kind, texts):
    tokenizer = kind.fit(texts)
    again = tokenizer_from_dict(json.loads(json.dumps(tokenizer.to_dict())))
    assert again == tokenizer
    assert hash(again) == hash(tokenizer)
    assert again.symbols == tokenizer.symbols


def test_the_commonest_symbols_are_kept():
    tokenizer = SymbolTokenizer.fit(["B A C", "C B", "C D"], size=6)
    assert tokenizer.symbols[4:] == ("B", "C")
    assert tokenizer.encode("A B C D") == [UNK, 4, 5, UNK]
    with pytest.raises(DataError, match="size must be more than the 4 special symbols, got 4"):
        SymbolTokenizer.fit(["A"], size=4)


def test_special_symbols():
    tokenizer = SymbolTokenizer.fit(["B A"])
    assert tokenizer.symbols == ("<pad>", "<bos>", "<eos>", "<unk>", "A", "B")
    assert len(tokenizer) == 6
    assert tokenizer.decode([BOS, 4, PAD, UNK, 5, EOS, 4]) == "A <unk> B"
    assert repr(tokenizer) == "SymbolTokenizer(6 symbols)"


def test_a_text_cannot_smuggle_in_special_symbols():
    tokenizer = SymbolTokenizer.fit(["A B"])
    assert tokenizer.encode("A <eos> <pad> B") == [4, UNK, UNK, 5]
    with pytest.raises(DataError, match="got '<eos>' again; rename it"):
        SymbolTokenizer.fit(["A <eos>"])


def test_unknown_symbols_are_reported_once():
    tokenizer = SymbolTokenizer.fit(["AA B"])
    assert tokenizer.encode("X AA X aa") == [UNK, 4, UNK, UNK]
    assert tokenizer.unknown("X AA X aa") == ["X", "aa"]


def test_characters_fall_back_to_the_other_case():
    tokenizer = CharacterTokenizer.fit(["abC"])
    assert tokenizer.encode("ABc") == tokenizer.encode("abC")
    assert tokenizer.unknown("ABcß?") == ["ß", "?"]
    both = CharacterTokenizer.fit(["aA"])
    assert len(set(both.encode("aA"))) == 2


def test_no_symbols():
    with pytest.raises(DataError, match="found no symbol"):
        CharacterTokenizer.fit([])


def test_choice():
    assert choose_tokenizer(["K AE T", "D AO G", "EY"]) is SymbolTokenizer
    assert choose_tokenizer(["cat", "dog", "hot dog"]) is CharacterTokenizer
    assert choose_tokenizer(f"word{n} follows word{n + 1}" for n in range(2000)) is CharacterTokenizer
    assert choose_tokenizer([]) is CharacterTokenizer


def test_file_round_trip(tmp_path):
    path = tmp_path / "tokenizer.json"
    tokenizer = CharacterTokenizer.fit(["häß\u2028"])
    tokenizer.save(path)
    tokenizer.save(path)
    assert load_tokenizer(path) == tokenizer
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    CharacterTokenizer.fit(["old"]).save(path)

    def full_disk(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(CheckpointError, match="cannot be written: No space left on device"):
        CharacterTokenizer.fit(["new"]).save(path)
    assert load_tokenizer(path) == CharacterTokenizer.fit(["old"])
    assert list(tmp_path.iterdir()) == [path]


_GOOD = {"format": "chainrule tokenizer", "version": 1, "kind": "characters", "symbols": ["a"]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not valid JSON"),
        (json.dumps(_GOOD)[:40], "is not valid JSON"),
        ("\x00\xff", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[]", "is not a tokenizer that chainrule wrote"),
        (json.dumps(_GOOD | {"format": "other"}), "is not a tokenizer that chainrule wrote"),
        (json.dumps(_GOOD | {"version": 3}), "install a newer one"),
        (json.dumps(_GOOD | {"version": "1"}), "install a newer one"),
        (json.dumps(_GOOD | {"kind": "letters"}), "kind must be one of characters, .*, got 'letters'"),
        (json.dumps(_GOOD | {"kind": ["words"]}), "kind must be one of"),
        (json.dumps(_GOOD | {"symbols": "abc"}), "symbols must be a list"),
        (json.dumps(_GOOD | {"symbols": [1]}), "symbols must be a list"),
        (json.dumps(_GOOD | {"symbols": ["a", "a"]}), "is damaged: .*got 'a' again"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, words):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(CheckpointError, match=words) as caught:
        load_tokenizer(path)
    assert str(path) in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read: No such file"):
        load_tokenizer(tmp_path / "tokenizer.json")
