"""Ways in which equal arrays can lie in memory."""

import numpy as np
import pytest


def _strided(x):
    wide = np.full((*x.shape[:-1], 2 * x.shape[-1] + 1), 77, x.dtype)
    wide[..., 1::2] = x
    return wide[..., 1::2]


def _transposed(x):
    return np.array(x.T, order="C").T


def _reversed(x):
    return np.array(x[::-1], order="C")[::-1]


def _misaligned(x):
    memory = np.zeros(x.nbytes + 1, np.uint8)
    moved = memory[1:].view(x.dtype).reshape(x.shape)
    moved[...] = x
    return moved


def _read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


FORMS = [np.copy, _strided, _transposed, _reversed, _misaligned, _read_only]


@pytest.fixture(params=FORMS, ids=lambda form: form.__name__.strip("_"))
def form(request):
    """Give an array another place in memory; its values stay."""
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(0)
