"""Sentences, and pieces of what is too long."""

import pytest

from chainrule.data.sentences import pieces, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One.", ["One."]),
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ('He said: "Come!" Then he left.', ['He said: "Come!"', "Then he left."]),
        ("3.5 m, e.g. this one.", ["3.5 m, e.g. this one."]),
        ("\u4f60\u597d\u3002\u518d\u89c1\uff01", ["\u4f60\u597d\u3002", "\u518d\u89c1\uff01"]),
        ("  ", []),
    ],
)
def test_sentences_end_at_their_signs(text, found):
    assert sentences(text) == found


def test_a_text_that_fits_stays_whole():
    assert list(pieces("One. Two.", lambda text: True)) == ["One. Two."]


def test_sentences_that_are_too_long_are_cut_at_commas_and_spaces():
    text = "One two three, four five six and seven. Eight nine."
    found = list(pieces(text, lambda part: len(part.split()) <= 4))
    assert found == ["One two three,", "four five", "six and seven.", "Eight nine."]


def test_what_has_no_spaces_is_cut_anywhere():
    found = list(pieces("a" * 1001, lambda part: len(part) <= 10))
    assert "".join(found) == "a" * 1001
    assert max(map(len, found)) <= 10
