"""Normal forms: texts that mix them mean the same to a tokenizer, now and when read again."""

import pytest

from chainrule.data import TOKENIZERS, CharacterTokenizer, Normalization, WordTokenizer, tokenizer_from_dict
from chainrule.errors import CheckpointError, ConfigError

_ONE, _TWO = "caf\u00e9", "cafe\u0301"  # é as one character, and as e with an accent behind it


def test_mixed_normal_forms_are_one_word():
    tokenizer = WordTokenizer.fit([_ONE, _TWO])
    assert len(tokenizer) == 5
    assert tokenizer.encode(_ONE) == tokenizer.encode(_TWO)
    assert tokenizer.decode(tokenizer.encode(_TWO)) == _ONE


def test_compatible_characters_are_one_only_if_asked():
    wide = "\uff23\uff22"
    assert CharacterTokenizer.fit(["CB"]).unknown(wide) == list(wide)
    tokenizer = CharacterTokenizer.fit(["CB"], normalization=Normalization("NFKC"))
    assert tokenizer.decode(tokenizer.encode(wide)) == "CB"


def test_without_a_form_texts_stay_as_they_are():
    tokenizer = CharacterTokenizer.fit([_TWO], normalization=Normalization("none"))
    assert tokenizer.decode(tokenizer.encode(_TWO)) == _TWO
    assert tokenizer.unknown(_ONE) == ["\u00e9"]


def test_lower_case():
    tokenizer = WordTokenizer.fit(["The the THE"], normalization=Normalization(lowercase=True))
    assert tokenizer.symbols[4:] == ("▁the",)


@pytest.mark.parametrize("kind", sorted(TOKENIZERS))
def test_a_description_keeps_the_form(kind):
    if kind in ("bpe", "unigram"):
        pytest.importorskip("sentencepiece")
    tokenizer = TOKENIZERS[kind].fit(["Aé bé cé aé"] * 3, size=12, normalization=Normalization("NFKC", lowercase=True))
    again = tokenizer_from_dict(tokenizer.to_dict())
    assert again == tokenizer
    assert again.normalization == Normalization("NFKC", lowercase=True)


def test_files_of_version_1_have_no_form():
    old = {"format": "chainrule tokenizer", "version": 1, "kind": "characters", "symbols": sorted(set(_TWO))}
    assert tokenizer_from_dict(old).encode(_TWO) == tokenizer_from_dict(old | {"version": 1}).encode(_TWO)
    assert tokenizer_from_dict(old).normalization == Normalization("none")


def test_a_wrong_form_is_refused():
    with pytest.raises(ConfigError, match="form must be one of none, NFC, NFKC, got 'NFX'"):
        Normalization("NFX")
    content = CharacterTokenizer.fit(["a"]).to_dict() | {"normalization": {"form": "NFX", "lowercase": False}}
    with pytest.raises(CheckpointError, match=r"damaged: .*NFX"):
        tokenizer_from_dict(content)
