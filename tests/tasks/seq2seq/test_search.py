import numpy as np
import pytest

from chainrule.data.codec import Codec
from chainrule.data.pairs import Pairs
from chainrule.data.sequences import Sequences
from chainrule.data.tokenizers import BOS, EOS, PAD, UNK, CharacterTokenizer, SymbolTokenizer
from chainrule.models import Seq2Seq, Seq2SeqConfig
from chainrule.random import Generator
from chainrule.tasks.seq2seq.scoring import development_score, score_pairs
from chainrule.tasks.seq2seq.search import LengthLimit, Search

SOURCE, TARGET = CharacterTokenizer("abc"), SymbolTokenizer(["A", "B"])
CODEC = Codec(SOURCE, TARGET)
LIMIT = LengthLimit(longest_source=4, longest_target=6)


@pytest.fixture
def model():
    shape = Seq2SeqConfig(len(SOURCE), len(TARGET), embedding_size=4, encoder_size=4, decoder_size=8)
    model = Seq2Seq(shape, generator=Generator(3)).eval()
    bias = np.zeros(len(TARGET), np.float32)
    bias[[PAD, BOS, UNK]] = 5.0  # an untrained model that likes what it must not answer
    bias[EOS] = 1.0
    model.decoder.output.bias.write_(bias)
    return model


def test_the_limit_grows_with_the_input():
    assert [LIMIT.for_source(length) for length in (1, 4, 5, 8, 40)] == [7, 7, 9, 13, 61]


@pytest.mark.parametrize("width", [1, 4])
def test_answers_hold_real_symbols_only(model, width):
    sources = Sequences.encode(["a", "abcabcabcabc", "cb"], SOURCE)
    answers = Search(LIMIT, width).run(model, sources, n_best=width)
    assert len(answers) == 3
    for found, length in zip(answers, (1, 12, 2), strict=True):
        assert 1 <= len(found) <= width
        for answer in found:
            assert set(answer.tokens) <= {4, 5}
            assert len(answer.tokens) <= LIMIT.for_source(length)


def test_answers_come_in_the_order_of_the_inputs(model):
    words = ["abc", "a", "cbcb", "ba", "c" * 9]
    together = Search(LIMIT, 3).run(model, Sequences.encode(words, SOURCE))
    for word, answer in zip(words, together, strict=True):
        (alone,) = Search(LIMIT, 3).run(model, Sequences.encode([word], SOURCE))
        assert alone[0].tokens == answer[0].tokens
        assert alone[0].log_probability == pytest.approx(answer[0].log_probability, abs=1e-4)


def test_more_answers_than_the_width_widen_the_search(model):
    (found,) = Search(LIMIT, 1).run(model, Sequences.encode(["abc"], SOURCE), n_best=3)
    assert len(found) == 3


def test_scores_count_any_reference(model):
    words = ("abc", "a", "cb")
    answers = Search(LIMIT).run(model, Sequences.encode(words, SOURCE))
    right = [TARGET.join(TARGET.decode_symbols(found[0].tokens)) for found in answers]
    pairs = Pairs(words, tuple(("Z Z Z Z Z Z Z Z", text) for text in right))
    rates = score_pairs(model, pairs, CODEC, Search(LIMIT), resamples=0)
    assert rates.sequence_errors == 0
    wrong = Pairs(words, tuple(((text + " Z").strip(),) for text in right))
    rates = score_pairs(model, wrong, CODEC, Search(LIMIT), resamples=0)
    assert (rates.sequence_errors, rates.symbol_errors) == (3, 3)


def test_the_development_score_takes_an_even_part(model):
    words = tuple("abc"[i % 3] * (i + 1) for i in range(50))
    score = development_score(Pairs(words, (("Z",),) * 50), 10, CODEC, Search(LIMIT))
    assert list(score(model)) == ["dev_word_error_rate", "dev_phoneme_error_rate"]
    assert score(model)["dev_word_error_rate"] == 1.0
