"""Ensembles: the mean of probabilities, with every search."""

import numpy as np
import pytest

from chainrule.decoding import Ensemble, beam_search

from .chains import LIMITS, SYMBOLS, Chain, all_answers


def _start(chains):
    memory, state = zip(*(chain.start() for chain in chains))
    return list(memory), list(state)


@pytest.mark.parametrize("weights", [None, (3.0, 1.0)])
def test_the_mean_of_probabilities(weights):
    chains = [Chain(3, seed=1), Chain(3, seed=2)]
    mean = Chain(3)
    with np.errstate(divide="ignore"):
        mean.tables = np.log(np.average([np.exp(chain.tables) for chain in chains], axis=0, weights=weights))
    memory, state = _start(chains)
    step = Ensemble([chain.step for chain in chains], weights)
    found = beam_search(step, memory, state, count=3, max_length=4, width=80, n_best=3, **LIMITS)
    for sentence, answers in enumerate(found):
        expected = all_answers(mean, sentence, 4)[:3]
        assert [answer.tokens for answer in answers] == [tokens for _, tokens in expected]
        np.testing.assert_allclose([answer.log_probability for answer in answers], [lp for lp, _ in expected])


def test_one_model_twice_is_itself():
    chain = Chain(3)
    memory, state = _start([chain, chain])
    found = beam_search(Ensemble([chain.step] * 2), memory, state, count=3, max_length=6, width=4, **LIMITS)
    assert [a[0].tokens for a in found] == [a[0].tokens for a in chain.run(beam_search, max_length=6, width=4)]


def test_different_vocabularies_are_refused():
    def other(tokens, memory, state):
        return np.zeros((*tokens.shape, SYMBOLS + 1)), state

    chain = Chain(2)
    memory, state = _start([chain, chain])
    with pytest.raises(ValueError, match=r"models with one vocabulary, but they have \[5, 6\] symbols"):
        Ensemble([chain.step, other])(np.zeros((2, 1), int), memory, state)
    with pytest.raises(ValueError, match="at least one step"):
        Ensemble([])
    with pytest.raises(ValueError, match="positive weight for each"):
        Ensemble([chain.step], [0.0])
