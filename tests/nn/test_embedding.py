"""`Embedding`."""

import numpy as np
import pytest

from chainrule import nn

from .checks import assert_same_on, check_gradients

IDS = np.array([[0, 2, 2], [5, 1, 2]])


def test_value():
    layer = nn.Embedding(6, 4)
    np.testing.assert_array_equal(layer(IDS).numpy(), layer.weight.numpy()[IDS])


def test_backends(backend):
    assert_same_on(backend, nn.Embedding(6, 4, padding_idx=5), IDS)


def test_gradients():
    check_gradients(nn.Embedding(6, 4), IDS)


@pytest.mark.parametrize("row", [2, -4])
def test_padding_is_zero_and_stays_so(backend, row):
    layer = nn.Embedding(6, 4, padding_idx=row).to(backend)
    assert repr(layer).startswith("Embedding(6, 4, padding_idx=2)")
    assert not layer(IDS).numpy()[IDS == 2].any()
    layer(IDS).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad.numpy().sum(axis=1), [4, 4, 0, 0, 0, 4])
    layer.reset_parameters()
    assert not layer.weight.numpy()[2].any()


def test_unknown_symbols():
    with pytest.raises(IndexError, match="expected ids from 0 to 5, one for each row of the table, but got 6"):
        nn.Embedding(6, 4)(IDS + 1)


def test_bad_settings():
    with pytest.raises(ValueError, match="Embedding with 6 rows has no row padding_idx=6"):
        nn.Embedding(6, 4, padding_idx=6)
    with pytest.raises(ValueError, match="embedding_dim to be a whole number"):
        nn.Embedding(6, 0)
