"""Accuracy of tokens and sequences, padding apart."""

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.metrics import sequence_accuracy, token_accuracy

_TARGET = np.array([[4, 5, 2, 0], [4, 2, 0, 0], [5, 5, 5, 2]])
_PREDICTED = np.array([[4, 5, 2, 9], [5, 2, 7, 7], [5, 5, 4, 2]])


def test_padding_does_not_count():
    assert token_accuracy(_PREDICTED, _TARGET) == pytest.approx(7 / 9)
    assert sequence_accuracy(_PREDICTED, _TARGET) == pytest.approx(1 / 3)
    assert token_accuracy(_PREDICTED, _TARGET, ignore_index=-1) == pytest.approx(7 / 12)


@pytest.mark.parametrize("accuracy", [token_accuracy, sequence_accuracy])
def test_bad_input(accuracy):
    with pytest.raises(DataError, match="must have the same shape"):
        accuracy(_PREDICTED, _TARGET[:2])
    with pytest.raises(DataError, match="every target is 0"):
        accuracy(_PREDICTED, np.zeros_like(_TARGET))
