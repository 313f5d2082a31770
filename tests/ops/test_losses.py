"""Losses: errors, denominators, extremes."""

import numpy as np
import pytest

from chainrule import Tensor, ops

PAIRS = [ops.mse_loss, ops.l1_loss, ops.huber_loss, ops.smooth_l1_loss, ops.binary_cross_entropy_with_logits]
LOGITS = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
TARGETS = np.array([0, 3, 1, 1, 2, 0])


@pytest.mark.parametrize("loss", PAIRS)
def test_shapes_must_agree(loss):
    with pytest.raises(ValueError, match=rf"{loss.__name__} expected .* one shape, but got \(3, 1\) and \(3,\)"):
        loss(np.ones((3, 1)), np.ones(3))


@pytest.mark.parametrize("loss", [*PAIRS, ops.cross_entropy])
def test_reductions_are_named(loss):
    arguments = (LOGITS, TARGETS) if loss is ops.cross_entropy else (LOGITS, LOGITS)
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none', but got 'average'"):
        loss(*arguments, reduction="average")


def test_binary_cross_entropy_does_not_overflow():
    x = Tensor(np.array([-1000.0, 1000.0, 1000.0], np.float32), requires_grad=True)
    losses = ops.binary_cross_entropy_with_logits(x, np.array([0.0, 1.0, 0.0], np.float32), reduction="none")
    losses.sum().backward()
    np.testing.assert_array_equal(losses.numpy(), [0.0, 0.0, 1000.0])
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 0.0, 1.0])
