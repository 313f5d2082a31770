"""Numbers for symbols that no vocabulary knows, and back."""

import pytest

from chainrule.data.codec import Codec, same_symbols
from chainrule.data.pairs import Pairs
from chainrule.data.tokenizers import EOS, UNK, CharacterTokenizer, SymbolTokenizer, WordTokenizer
from chainrule.errors import DataError

SOURCE, TARGET = SymbolTokenizer(["call", "now", "odd"]), SymbolTokenizer(["now", "call"])
CODEC = Codec(SOURCE, TARGET, copies=True)
TEXT = "call Ada odd Ada Bob"


def test_an_unknown_symbol_of_an_input_has_the_number_of_its_first_place():
    assert CODEC.encode_source(TEXT) == [4, 7 + 1, 6, 7 + 1, 7 + 4]


def test_an_answer_names_what_it_knows_and_points_at_the_rest():
    assert CODEC.encode_target("Ada now odd Bob Eve", TEXT) == [6 + 1, 4, 6 + 2, 6 + 4, UNK]


@pytest.mark.parametrize("answer", ["Bob now", "odd Ada call", "now"])
def test_round_trip(answer):
    numbers = CODEC.encode_target(answer, TEXT)
    assert CODEC.text(numbers, TEXT) == answer
    symbols = CODEC.symbols(TEXT)
    assert [symbols[number] for number in numbers] == answer.split()


def test_words_keep_their_spaces():
    known = WordTokenizer.fit(["Call now , please."])
    codec = Codec(known, known, copies=True)
    source = "Call Zoe, now."
    assert codec.text(codec.encode_target("Zoe now, please.", source), source) == "Zoe now, please."


def test_letters_of_either_case_are_one_symbol():
    codec = Codec(CharacterTokenizer("ab"), CharacterTokenizer("b"), copies=True)
    assert codec.encode_source("Aba") == [4, 5, 4]
    assert codec.encode_target("a", "Aba") == [5 + 0]


def test_without_copying_nothing_differs_from_the_tokenizers():
    plain, pairs = Codec(SOURCE, TARGET), Pairs((TEXT,), (("Ada now", "call"),))
    encoded = plain.encode_pairs(pairs)
    assert encoded.sources[0].tolist() == SOURCE.encode(TEXT) == plain.encode_source(TEXT)
    assert encoded.targets[0].tolist() == TARGET.encode("Ada now")
    assert plain.symbols(TEXT) == TARGET.symbols


def test_inputs_may_end_with_a_mark():
    codec = Codec(SOURCE, TARGET, copies=True, ends=True)
    assert codec.encode_source(TEXT) == [*CODEC.encode_source(TEXT), EOS]
    assert codec.encode_target("Ada Eve", TEXT) == CODEC.encode_target("Ada Eve", TEXT)
    for marked in (codec, Codec(SOURCE, TARGET, ends=True)):
        encoded = marked.encode_pairs(Pairs(("call", "now odd"), (("now",), ("call",))))
        assert [encoded.sources[row].tolist() for row in range(2)] == [[4, EOS], [5, 6, EOS]]


def test_a_mark_does_not_hide_an_empty_input():
    for copies in (False, True):
        with pytest.raises(DataError, match="source 1, '', must have at least one symbol"):
            Codec(SOURCE, TARGET, copies, ends=True).encode_pairs(Pairs(("call", ""), (("now",), ("call",))))


def test_every_reference_is_encoded_beside_its_own_source():
    encoded = CODEC.encode_pairs(Pairs((TEXT, "Bob"), (("Bob", "Ada"), ("Bob",))))
    assert [target.tolist() for target in map(encoded.targets.__getitem__, range(3))] == [[6 + 4], [6 + 1], [6]]
    assert encoded.first_row.tolist() == [0, 2, 3]


def test_same_symbols():
    assert same_symbols(SOURCE, TARGET) == (0, 1, 2, 3, 5, 4, -1)
