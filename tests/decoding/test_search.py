"""Searches over a small random Markov chain, whose answers can be found by looking at all of them."""

import numpy as np
import pytest

from chainrule.decoding import beam_search, greedy_search

from .chains import BEGIN, END, LIMITS, Chain, all_answers


@pytest.fixture
def chain():
    return Chain(4)


def search(chain, **options):
    memory, state = chain.start()
    return beam_search(chain.step, memory, state, count=len(chain.tables), **LIMITS, **options)


def test_greedy_follows_the_likeliest_symbol(chain):
    memory, state = chain.start()
    found = greedy_search(chain.step, memory, state, count=4, max_length=12, **LIMITS)
    for sentence, answer in enumerate(found):
        last, expected = (BEGIN, BEGIN), []
        while len(expected) < 12:
            symbol = int(chain.tables[sentence][last].argmax())
            if symbol == END:
                break
            expected.append(symbol)
            last = (last[1], symbol)
        assert answer.tokens == expected
        if answer.finished:
            assert answer.log_probability == pytest.approx(chain.log_probability(sentence, expected))


def test_a_beam_of_one_is_greedy(chain):
    memory, state = chain.start()
    greedy = greedy_search(chain.step, memory, state, count=4, max_length=12, **LIMITS)
    for a, b in zip(greedy, search(chain, width=1, max_length=12)):
        assert a.finished == b[0].finished
        assert a.tokens == b[0].tokens


def test_a_wide_beam_finds_the_best_of_all(chain):
    found = search(chain, width=80, max_length=4, n_best=5)
    for sentence, answers in enumerate(found):
        expected = all_answers(chain, sentence, 4)[:5]
        assert [answer.tokens for answer in answers] == [tokens for _, tokens in expected]
        np.testing.assert_allclose([answer.log_probability for answer in answers], [score for score, _ in expected])


def test_scores_are_log_probabilities_that_sum(chain):
    for sentence, answers in enumerate(search(chain, width=4, n_best=4, max_length=10)):
        assert [answer.score for answer in answers] == sorted((a.score for a in answers), reverse=True)
        for answer in answers:
            if answer.finished:
                assert answer.log_probability == pytest.approx(chain.log_probability(sentence, answer.tokens))


def test_a_batch_changes_no_answer(chain):
    together = search(chain, width=3, n_best=2, max_length=9)
    for sentence in range(4):
        alone = chain.part([sentence])
        assert search(alone, width=3, n_best=2, max_length=9)[0] == together[sentence]


def test_length_penalty_ranks_by_the_formula(chain):
    for answers in search(chain, width=60, n_best=10, max_length=4, length_penalty=0.8):
        for answer in answers:
            expected = answer.log_probability / ((5 + len(answer.tokens) + 1) / 6) ** 0.8
            assert answer.score == pytest.approx(expected)
        assert [a.score for a in answers] == sorted((a.score for a in answers), reverse=True)


def test_the_limit_cuts_off_what_does_not_end():
    endless = Chain(2)
    endless.tables[..., END] = -40.0
    memory, state = endless.start()
    for answers in search(endless, width=3, max_length=5):
        assert not answers[0].finished
        assert len(answers[0].tokens) == 5
    for answer in greedy_search(endless.step, memory, state, count=2, max_length=5, **LIMITS):
        assert not answer.finished
        assert len(answer.tokens) == 5


def test_a_beam_wider_than_the_vocabulary_works(chain):
    assert all(answers for answers in search(chain, width=50, max_length=3))


@pytest.mark.parametrize(("width", "n_best"), [(0, 1), (2, 3), (2, 0)])
def test_impossible_numbers_are_refused(chain, width, n_best):
    with pytest.raises(ValueError, match="n_best"):
        search(chain, width=width, n_best=n_best, max_length=3)


def test_each_sentence_has_its_own_limit(chain):
    limits = np.array([0, 2, 5, 3])
    together = search(chain, width=3, max_length=limits)
    greedy = chain.run(greedy_search, max_length=limits)
    for sentence, limit in enumerate(limits):
        alone = chain.part([sentence])
        assert search(alone, width=3, max_length=int(limit))[0] == together[sentence]
        assert alone.run(greedy_search, max_length=int(limit))[0] == greedy[sentence]
        assert len(together[sentence][0].tokens) <= limit


def test_no_sentence_no_answer():
    assert search(Chain(0), width=2, max_length=3) == []
    assert Chain(0).run(greedy_search, max_length=3) == []
