"""Words and signs of many scripts, cut and put together again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import UNK, WordTokenizer
from chainrule.data.tokenizers.pieces import SPACE, join_pieces, split_pieces

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


def _spaced_once(text: str) -> str:
    """What is left of a text: one space for any white space within a line, none around it."""
    return "\n".join(" ".join(line.replace(SPACE, " ").split()) for line in text.split("\n"))


@given(_TEXT, st.booleans())
def test_pieces_make_the_text_again(text, apart):
    assert join_pieces(split_pieces(text, apart)) == _spaced_once(text)


@given(_TEXT)
def test_words_round_trip(text):
    tokenizer = WordTokenizer.fit([text, "a"])
    assert tokenizer.decode(tokenizer.encode(text)) == _spaced_once(tokenizer.normalization(text))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Don't stop, 42 times.", ["▁Don", "'", "t", "▁stop", ",", "▁42", "▁times", "."]),
        ("Größe\tist  gut", ["▁Größe", "▁ist", "▁gut"]),
        ("我们走。", ["▁我", "们", "走", "。"]),
        ("السلام عليكم", ["▁السلام", "▁عليكم"]),
        ("नमस्ते दुनिया", ["▁नमस्ते", "▁दुनिया"]),  # vowel signs are marks, not letters
        ("می\u200cروم", ["▁می\u200cروم"]),  # an invisible non-joiner within a word
        ("one\ntwo", ["▁one", "\n", "▁two"]),
        ("", []),
    ],
)
def test_scripts(text, pieces):
    assert split_pieces(text, ideographs_apart=True) == pieces


def test_chinese_stays_together_for_subwords():
    assert split_pieces("我们走。") == ["▁我们走", "。"]


def test_a_line_without_spaces_is_cut_in_pieces():
    pieces = split_pieces("x" * 100_000)
    assert max(map(len, pieces)) == 64
    assert join_pieces(pieces) == "x" * 100_000


def test_rare_words_are_unknown():
    tokenizer = WordTokenizer.fit(["the cat", "the dog", "the dog"], size=6)
    assert tokenizer.symbols[4:] == ("▁dog", "▁the")
    assert tokenizer.encode("the cat") == [5, UNK]
    assert tokenizer.decode(tokenizer.encode("the cat")) == "the <unk>"
    assert tokenizer.unknown("the cat sat") == ["▁cat", "▁sat"]
