"""Hiding a part of texts."""

import numpy as np
import pytest

from chainrule.random import Generator
from chainrule.tasks.pretraining.masking import UNITS, choose_units, mask_tokens, spans, words

BEGINS = np.array([False, False, False, False, True, True, False, False])  # symbols 4 and 5 begin a word
TOKENS = np.array([[4, 6, 7, 5, 4, 6, 0, 0], [6, 6, 4, 7, 7, 7, 5, 6], [5, 0, 0, 0, 0, 0, 0, 0]])
LENGTHS = np.array([6, 8, 1])


def test_words_begin_at_their_symbols_and_at_the_beginning():
    found = words(TOKENS, LENGTHS, BEGINS, Generator(0))
    assert np.flatnonzero(found[0, :6]).tolist() == [0, 3, 4]
    assert np.flatnonzero(found[1]).tolist() == [0, 2, 6]


def test_spans_have_geometric_lengths():
    tokens, lengths = np.ones((400, 500), int), np.full(400, 500)
    found = spans(tokens, lengths, BEGINS, Generator(1))
    assert found[:, 0].all()
    cuts = np.diff(np.flatnonzero(found[:, :490].reshape(-1)))
    cuts = cuts[(cuts >= 1) & (cuts <= 10)]
    expected = sum(min(k, 10) * 0.8 ** (k - 1) * 0.2 for k in range(1, 200))  # 4.46, as cut at 10
    assert cuts.mean() == pytest.approx(expected, rel=0.03)
    assert np.mean(cuts == 1) == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("unit", UNITS)
def test_whole_units_of_each_text_are_chosen(unit):
    generator = Generator(2)
    begins = UNITS[unit](TOKENS, LENGTHS, BEGINS, generator)
    for _ in range(20):
        chosen = choose_units(begins, LENGTHS, 0.3, generator)
        for row, length in enumerate(LENGTHS):
            assert chosen[row, :length].any()
            assert not chosen[row, length:].any()
            unit_of = np.cumsum(begins[row, :length])
            for number in np.unique(unit_of):
                assert len(set(chosen[row, :length][unit_of == number])) == 1


def test_the_share_is_kept():
    tokens, lengths = np.ones((50, 400), int), np.full(50, 400)
    generator = Generator(3)
    chosen = choose_units(np.ones(tokens.shape, bool), lengths, 0.15, generator)
    assert (chosen.sum(axis=1) == 60).all()
    assert len({tuple(np.flatnonzero(row)) for row in chosen}) == 50  # no two texts alike
    chosen = choose_units(spans(tokens, lengths, BEGINS, generator), lengths, 0.15, generator)
    assert ((chosen.sum(axis=1) >= 60) & (chosen.sum(axis=1) < 70)).all()


def test_hidden_symbols_are_masked_replaced_or_kept():
    tokens = np.full((100, 100), 6)
    chosen = np.zeros(tokens.shape, bool)
    chosen[:, ::2] = True
    seen = mask_tokens(tokens, chosen, 99, (4, 44), Generator(4))
    assert (seen[~chosen] == 6).all()
    hidden = seen[chosen]
    assert np.mean(hidden == 99) == pytest.approx(0.8, abs=0.02)
    others = hidden[(hidden != 99) & (hidden != 6)]
    assert len(others) / len(hidden) == pytest.approx(0.1, abs=0.02)
    assert others.min() == 4
    assert others.max() == 43
