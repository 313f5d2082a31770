"""What a search may write, against a look at all answers that fit."""

import itertools

import numpy as np
import pytest

from chainrule.decoding import (
    AllowedSymbols,
    ForbiddenSymbols,
    ForcedPrefix,
    MinimalLength,
    NoRepeatedNgrams,
    RepetitionPenalty,
    Trie,
    Written,
    beam_search,
    greedy_search,
)

from .chains import END, SYMBOLS, Chain, all_answers

LENGTH = 4


def _repeats(answer, n):
    grams = [tuple(answer[i : i + n]) for i in range(len(answer) - n + 1)]
    return len(set(grams)) < len(grams)


_KNOWN = [[2, 3], [2, 3, 4], [4], [3, 3, 2]]
_CASES = {
    "forbidden": (ForbiddenSymbols([3]), lambda sentence, answer: 3 not in answer),
    "minimal": (MinimalLength(3, END), lambda sentence, answer: len(answer) >= 3),
    "prefix": (ForcedPrefix([[4, 4], [], [2], [3, 2, 3]]), lambda s, a: a[:3][: len(_P[s])] == _P[s]),
    "prefix of one": (ForcedPrefix({1: [4]}), lambda s, a: s != 1 or a[:1] == [4]),
    "trie": (AllowedSymbols(Trie(_KNOWN, END)), lambda sentence, answer: answer in _KNOWN),
    "alternating": (
        AllowedSymbols(lambda sentence, tokens: None if not tokens else {END, *range(2, SYMBOLS)} - {tokens[-1]}),
        lambda sentence, answer: all(a != b for a, b in itertools.pairwise(answer)),
    ),
    "unigrams": (NoRepeatedNgrams(1), lambda sentence, answer: not _repeats(answer, 1)),
    "bigrams": (NoRepeatedNgrams(2), lambda sentence, answer: not _repeats(answer, 2)),
}
_P = [[4, 4], [], [2], [3, 2, 3]]


@pytest.mark.parametrize("case", _CASES)
def test_the_best_of_all_that_fit(case):
    chain = Chain(4)
    filter, fits = _CASES[case]
    for sentence, answers in enumerate(chain.run(beam_search, width=90, n_best=3, max_length=LENGTH, filters=[filter])):
        expected = [(lp, a) for lp, a in all_answers(chain, sentence, LENGTH) if fits(sentence, a)][:3]
        assert [answer.tokens for answer in answers] == [tokens for _, tokens in expected]
        np.testing.assert_allclose([answer.log_probability for answer in answers], [lp for lp, _ in expected])


@pytest.mark.parametrize("case", _CASES)
def test_every_greedy_answer_fits(case):
    chain = Chain(4, seed=3)
    filter, fits = _CASES[case]
    for sentence, answer in enumerate(chain.run(greedy_search, max_length=LENGTH, filters=[filter])):
        if answer.finished:
            assert fits(sentence, answer.tokens)
            assert answer.log_probability == pytest.approx(chain.log_probability(sentence, answer.tokens))


def test_filters_combine():
    filters = [MinimalLength(2, END), ForbiddenSymbols([2]), NoRepeatedNgrams(1)]
    for answers in Chain(4).run(beam_search, width=20, max_length=LENGTH, filters=filters):
        assert sorted(answers[0].tokens) == [3, 4]


def test_a_filter_knows_sentences_by_their_number():
    chain = Chain(4)
    filter = ForcedPrefix({7: [4]})
    for search in (beam_search, greedy_search):
        options = {"max_length": LENGTH, "filters": [filter]}
        free = chain.run(search, max_length=LENGTH)
        found = chain.run(search, sentences=np.array([5, 6, 7, 8]), **options)
        assert [a == b for a, b in zip(found, free)][:2] == [True, True]
        answer = found[2][0] if isinstance(found[2], list) else found[2]
        assert answer.tokens[0] == 4


@pytest.mark.parametrize("search", [beam_search, greedy_search])
def test_where_nothing_may_follow_the_answer_stops(search):
    found = Chain(2).run(
        search, max_length=LENGTH, filters=[AllowedSymbols(lambda s, tokens: [3] if not tokens else [])]
    )
    for answers in found:
        answer = answers[0] if isinstance(answers, list) else answers
        assert (answer.tokens, answer.finished) == ([3], False)
        assert np.isfinite(answer.log_probability)


def test_repetition_penalty_by_hand():
    scores = np.log(np.array([[[0.1, 0.2, 0.3, 0.4]]]))
    penalised = RepetitionPenalty(2.0)(scores.copy(), Written(np.array([[[3, 3, 1]]]), np.array([0])))
    np.testing.assert_allclose(np.exp(penalised), [[[0.1, 0.04, 0.3, 0.16]]])
    nothing = RepetitionPenalty(2.0)(scores.copy(), Written(np.zeros((1, 1, 0), int), np.array([0])))
    np.testing.assert_array_equal(nothing, scores)


def test_a_penalty_changes_the_choice_and_not_the_probability():
    chain = Chain(4, seed=1)
    for sentence, answers in enumerate(
        chain.run(beam_search, width=30, n_best=5, max_length=LENGTH, filters=[RepetitionPenalty(3.0)])
    ):
        for answer in answers:
            assert answer.score <= answer.log_probability + 1e-12
            assert answer.log_probability == pytest.approx(chain.log_probability(sentence, answer.tokens))


@pytest.mark.parametrize("make", [lambda: NoRepeatedNgrams(0), lambda: RepetitionPenalty(0.5)])
def test_impossible_settings_are_refused(make):
    with pytest.raises(ValueError, match="at least 1, but got"):
        make()
