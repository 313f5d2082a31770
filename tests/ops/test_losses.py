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


def test_nt_xent_sees_who_belongs_together():
    first = np.random.default_rng(0).standard_normal((8, 16)).astype(np.float32)
    together = ops.nt_xent_loss(first, 2 * first, 0.1)  # lengths do not matter
    apart = ops.nt_xent_loss(first, np.roll(first, 1, axis=0), 0.1)
    assert together < 0.1 < apart
    alike = ops.nt_xent_loss(np.ones_like(first), np.ones_like(first), 0.1)
    assert alike == pytest.approx(np.log(15), rel=1e-5)  # a guess among 15 others


def test_nt_xent_needs_two_things():
    for first, second in (((1, 4), (1, 4)), ((3, 4), (2, 4)), ((4,), (4,))):
        with pytest.raises(ValueError, match="two views of at least two things, both of shape"):
            ops.nt_xent_loss(np.ones(first), np.ones(second))
    with pytest.raises(ValueError, match="a temperature above 0, but got 0"):
        ops.nt_xent_loss(LOGITS, LOGITS, 0)
