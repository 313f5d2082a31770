"""Cross entropy: denominators, ignored targets, extremes, errors."""

import numpy as np
import pytest

from chainrule import Tensor, ops

LOGITS = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
TARGETS = np.array([0, 3, 1, 1, 2, 0])


def test_ignored_targets_change_nothing():
    more = np.concatenate([LOGITS, LOGITS]), np.concatenate([TARGETS, np.full(6, -100)])
    for options in ({}, {"label_smoothing": 0.1}, {"weight": np.ones(4, np.float32)}):
        np.testing.assert_allclose(
            ops.cross_entropy(*more, **options), ops.cross_entropy(LOGITS, TARGETS, **options), rtol=1e-6
        )


def test_ignored_targets_get_no_gradient():
    x = Tensor(LOGITS, requires_grad=True)
    ops.cross_entropy(x, np.where(TARGETS == 1, 7, TARGETS), ignore_index=7, label_smoothing=0.1).backward()
    np.testing.assert_array_equal(x.grad.numpy().any(axis=1), TARGETS != 1)


def test_the_logarithm_of_the_number_of_classes_where_nothing_is_known():
    assert ops.cross_entropy(np.zeros((3, 10)), np.arange(3)).item() == pytest.approx(np.log(10.0))


def test_certainty():
    x = np.full((2, 3), -1e4, np.float32)
    x[:, 1] = 1e4
    assert ops.cross_entropy(x, np.array([1, 1])).item() == 0.0
    assert ops.cross_entropy(x, np.array([0, 1])).item() == 1e4


def test_targets_as_tensors():
    expected = ops.cross_entropy(LOGITS, TARGETS)
    assert ops.cross_entropy(Tensor(LOGITS), Tensor(TARGETS)).item() == pytest.approx(float(expected))


@pytest.mark.parametrize("wrong", [4, -1])
def test_a_target_that_is_no_class(wrong):
    with pytest.raises(IndexError, match=f"targets from 0 to 3 or -100, but got {wrong}"):
        ops.cross_entropy(LOGITS, np.where(TARGETS == 3, wrong, TARGETS))


@pytest.mark.parametrize("shape", [(5,), (6, 1), ()])
def test_targets_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"scores \(N, C, \.\.\.\) and integer targets \(N, \.\.\.\), but got"):
        ops.cross_entropy(LOGITS, np.zeros(shape, np.int64))


def test_probabilities_of_another_shape():
    with pytest.raises(ValueError, match=r"probabilities of the scores' shape \(6, 4\), or integer targets"):
        ops.cross_entropy(LOGITS, TARGETS.astype(np.float32))


def test_smoothing_out_of_range():
    with pytest.raises(ValueError, match=r"label_smoothing from 0 to 1, but got 1\.5"):
        ops.cross_entropy(LOGITS, TARGETS, label_smoothing=1.5)


def test_a_mean_over_nothing_is_not_a_number():
    with np.errstate(invalid="ignore"):
        assert np.isnan(ops.cross_entropy(LOGITS, np.full(6, -100)).item())
    assert ops.cross_entropy(LOGITS, np.full(6, -100), reduction="sum").item() == 0.0
