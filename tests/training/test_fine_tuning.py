"""The short loop over arrays."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(int)


def make_model():
    with cr.seed(0):
        return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 2))


def test_it_learns_and_repeats_to_the_bit():
    one, two = make_model(), make_model()
    losses = cr.fine_tune(one, (X, Y), 0.02, epochs=30, batch_size=16, seed=4)
    assert len(losses) == 30
    assert losses[-1] < 0.3 < losses[0]
    assert cr.fine_tune(two, (X, Y), 0.02, epochs=30, batch_size=16, seed=4) == losses
    assert not one.training


def test_frozen_parts_stay():
    model = make_model()
    model[0].requires_grad_(False)
    before = np.array(model[0].weight.numpy())
    cr.fine_tune(model, (X, Y), 0.02)
    np.testing.assert_array_equal(model[0].weight.numpy(), before)


def test_other_losses_and_several_inputs():
    class Sum(nn.Module):
        def __init__(self):
            self.linear = nn.Linear(4, 1, generator=cr.Generator(0))

        def forward(self, a, b):
            return self.linear(cr.tensor(a)) + self.linear(cr.tensor(b))

    targets = (2 * X.sum(axis=1, keepdims=True)).astype(np.float32)
    losses = cr.fine_tune(Sum(), ((X, X), targets), 0.1, epochs=40, loss=nn.functional.mse_loss)
    assert losses[-1] < 0.05 * losses[0]


def test_rows_that_do_not_match():
    with pytest.raises(ValueError, match="as many targets as inputs"):
        cr.fine_tune(make_model(), (X, Y[:5]))
    with pytest.raises(ValueError, match="got no example"):
        cr.fine_tune(make_model(), (X[:0], Y[:0]))
