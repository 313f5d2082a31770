"""Writing with a causal language model."""

import numpy as np
import pytest

from chainrule.data.tokenizers import CharacterTokenizer, WordTokenizer
from chainrule.decoding import TopK
from chainrule.models import LanguageModel, LanguageModelConfig
from chainrule.random import Generator
from chainrule.tasks.pretraining.generation import generate
from chainrule.tasks.pretraining.marks import Marks

TOKENIZER = CharacterTokenizer.fit(["abcdefgh"])
MARKS = Marks.of(TOKENIZER)


@pytest.fixture
def model():
    shape = LanguageModelConfig(len(TOKENIZER), 2, width=16, heads=2, max_length=12)
    return LanguageModel(shape, generator=Generator(0)).eval()


@pytest.mark.parametrize("symbols", [1, 5, 11, 12, 40])
def test_as_many_symbols_as_asked_for_beyond_the_context_too(model, symbols):
    pieces = []
    text = generate(model, MARKS, "ab", symbols=symbols, generator=Generator(3), emit=pieces.append)
    assert len(text) <= symbols
    assert "".join(pieces) == text
    assert set(text) <= set("abcdefgh")
    assert len(text) > symbols // 3 or symbols < 12  # an end is one symbol of nine


def test_a_seed_draws_the_same(model):
    one, two, other = (generate(model, MARKS, "c", symbols=30, generator=Generator(s)) for s in (1, 1, 2))
    assert one == two != other


def test_cached_steps_follow_the_whole_model(model):
    """With the likeliest symbol alone, the text is what reading everything anew at each step would give."""
    text = generate(model, MARKS, "abc", symbols=6, generator=Generator(0), filters=[TopK(1)])
    tokens = [1, *TOKENIZER.encode("abc")]
    for symbol in text:
        scores = model(np.array([tokens])).numpy()[0, -1].copy()
        scores[[0, 1, 3]] = -np.inf
        assert TOKENIZER.symbols[int(scores.argmax())] == symbol
        tokens.append(int(scores.argmax()))


def test_words_come_with_their_spaces():
    tokenizer = WordTokenizer.fit(["one two three , ."])
    shape = LanguageModelConfig(len(tokenizer), 1, width=8, heads=1, max_length=10)
    model = LanguageModel(shape, generator=Generator(0)).eval()
    pieces = []
    text = generate(model, Marks.of(tokenizer), "one", symbols=8, generator=Generator(5), emit=pieces.append)
    assert "".join(pieces) == text
    assert tokenizer.encode("one" + text)[: len(tokenizer.encode("one"))] == tokenizer.encode("one")
