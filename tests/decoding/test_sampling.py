"""Sampling: as often as the probabilities say, and the same draws in any company."""

import numpy as np
import pytest

from chainrule.decoding import ForbiddenSymbols, MinimalLength, Temperature, TopK, TopP, Written, greedy_search, sample
from chainrule.random import Generator

from .chains import END, Chain

_NOTHING = Written(np.zeros((1, 1, 0), int), np.array([0]))


def _draw(chain, seed=0, **options):
    return chain.run(sample, generator=Generator(seed), **{"max_length": 6, **options})


def test_answers_come_as_often_as_they_are_likely():
    chain = Chain(1)
    found = _draw(chain, samples=20_000, max_length=3)[0]
    counts: dict[tuple[int, ...], int] = {}
    for answer in found:
        if answer.finished:
            counts[tuple(answer.tokens)] = counts.get(tuple(answer.tokens), 0) + 1
    for tokens, seen in counts.items():
        probability = np.exp(chain.log_probability(0, tokens))
        deviation = np.sqrt(probability * (1 - probability) * len(found))
        assert abs(seen - probability * len(found)) < 5 * deviation + 1


def test_scores_are_the_models_log_probabilities():
    chain = Chain(3)
    for sentence, answers in enumerate(_draw(chain, samples=7, filters=[Temperature(2.0), TopK(3)])):
        for answer in answers:
            expected = chain.log_probability(sentence, answer.tokens, answer.finished)
            assert answer.log_probability == pytest.approx(expected)


def test_company_changes_no_draw():
    chain = Chain(4)
    together = _draw(chain, samples=3)
    for sentence in range(4):
        alone = _draw(chain.part([sentence]), samples=3, sentences=np.array([sentence]))
        assert alone[0] == together[sentence]
    turned = _draw(chain.part([3, 1]), samples=3, sentences=np.array([3, 1]))
    assert turned == [together[3], together[1]]


def test_a_longer_limit_only_adds():
    chain = Chain(4)
    for short, long in zip(_draw(chain, max_length=3), _draw(chain, max_length=30)):
        assert long[0].tokens[:3] == short[0].tokens


def test_the_seed_decides():
    chain = Chain(4)
    assert _draw(chain, samples=5) == _draw(chain, samples=5)
    assert _draw(chain, samples=5) != _draw(chain, seed=1, samples=5)
    generator = Generator(0)
    assert chain.run(sample, generator=generator, max_length=6, samples=5) != chain.run(
        sample, generator=generator, max_length=6, samples=5
    )


def test_the_coldest_is_greedy():
    chain = Chain(4)
    greedy = chain.run(greedy_search, max_length=6)
    for filters in ([Temperature(1e-3)], [TopK(1)], [TopP(1e-6)]):
        assert [answers[0].tokens for answers in _draw(chain, filters=filters)] == [a.tokens for a in greedy]


def test_filters_hold():
    for answers in _draw(Chain(4), samples=20, filters=[ForbiddenSymbols([2]), MinimalLength(2, END)]):
        for answer in answers:
            assert 2 not in answer.tokens
            assert len(answer.tokens) >= 2


def test_sharpening_by_hand():
    scores = np.log(np.array([[[0.1, 0.4, 0.2, 0.3]]]))
    np.testing.assert_allclose(np.exp(Temperature(0.5)(scores.copy(), _NOTHING)), [[[0.01, 0.16, 0.04, 0.09]]])
    np.testing.assert_allclose(np.exp(TopK(2)(scores.copy(), _NOTHING)), [[[0, 0.4, 0, 0.3]]])
    np.testing.assert_allclose(np.exp(TopK(9)(scores.copy(), _NOTHING)), np.exp(scores))
    np.testing.assert_allclose(np.exp(TopP(0.69)(scores.copy(), _NOTHING)), [[[0, 0.4, 0, 0.3]]])
    np.testing.assert_allclose(np.exp(TopP(0.71)(scores.copy(), _NOTHING)), [[[0, 0.4, 0.2, 0.3]]])
    np.testing.assert_allclose(np.exp(TopP(1.0)(scores.copy(), _NOTHING)), np.exp(scores))


def test_the_nucleus_is_of_what_other_filters_left():
    scores = np.log(np.array([[[0.5, 0.25, 0.15, 0.1]]]))
    left = ForbiddenSymbols([0])(scores.copy(), _NOTHING)
    np.testing.assert_allclose(np.exp(TopP(0.5)(left, _NOTHING)), [[[0, 0.25, 0, 0]]])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Temperature(0.0),
        lambda: TopK(0),
        lambda: TopP(0.0),
        lambda: TopP(1.5),
        lambda: _draw(Chain(1), samples=0),
    ],
)
def test_impossible_settings_are_refused(make):
    with pytest.raises(ValueError, match="but got"):
        make()
