"""The plain encoder-decoder: a step that agrees with teacher forcing, padding, and a task learned by heart."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.decoding import greedy_search
from chainrule.models import PlainSeq2Seq, PlainSeq2SeqConfig

BEGIN, END = 1, 2
SOURCE, LENGTHS = np.array([[4, 5, 6, 7], [8, 4, 0, 0], [6, 0, 0, 0]]), np.array([4, 2, 1])
TARGET, TARGET_LENGTHS = np.array([[1, 7, 6, 5], [1, 4, 8, 0], [1, 6, 0, 0]]), np.array([4, 3, 2])


@pytest.fixture
def model():
    with cr.seed(0):
        return PlainSeq2Seq(PlainSeq2SeqConfig(9, 9, 8, 16))


def test_padding_and_neighbours_change_nothing(model):
    together = model(SOURCE, LENGTHS, TARGET, TARGET_LENGTHS).numpy()
    for row, (length, ends) in enumerate(zip(LENGTHS, TARGET_LENGTHS)):
        one = slice(row, row + 1)
        alone = model(SOURCE[one, :length], LENGTHS[one], TARGET[one, :ends]).numpy()
        np.testing.assert_allclose(together[row, :ends], alone[0], atol=2e-5)


def test_it_learns_and_answers(model):
    optimizer = cr.optim.Adam(model.parameters(), lr=1e-2)
    following = np.concatenate([TARGET[:, 1:], np.zeros((3, 1), int)], axis=1)
    following[np.arange(3), TARGET_LENGTHS - 1] = END
    for _ in range(120):
        loss = cr.nn.functional.cross_entropy(
            model(SOURCE, LENGTHS, TARGET, TARGET_LENGTHS).reshape(-1, 9), following.reshape(-1), ignore_index=0
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    memory, state = model.start_search(SOURCE, LENGTHS)
    found = greedy_search(model.step, memory, state, count=3, begin=BEGIN, end=END, max_length=9)
    assert [answer.tokens for answer in found] == [[7, 6, 5], [4, 8], [6]]
