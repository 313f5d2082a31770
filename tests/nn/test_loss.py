"""Losses as modules."""

import numpy as np
import pytest

from chainrule import nn

from .checks import normal

X, Y, CLASSES = normal(4, 3), np.abs(np.tanh(normal(3, 4))).T, np.array([0, 2, -1, 1])
F = nn.functional


@pytest.mark.parametrize(
    ("loss", "expected", "target"),
    [
        (nn.MSELoss(), F.mse_loss(X, Y), Y),
        (nn.MSELoss("none"), F.mse_loss(X, Y, "none"), Y),
        (nn.L1Loss("sum"), F.l1_loss(X, Y, "sum"), Y),
        (nn.SmoothL1Loss(beta=0.5), F.smooth_l1_loss(X, Y, beta=0.5), Y),
        (nn.HuberLoss(delta=0.5), F.huber_loss(X, Y, delta=0.5), Y),
        (nn.BCEWithLogitsLoss(pos_weight=Y[0]), F.binary_cross_entropy_with_logits(X, Y, pos_weight=Y[0]), Y),
        (nn.NLLLoss(ignore_index=-1), F.nll_loss(X, CLASSES, ignore_index=-1), CLASSES),
        (
            nn.CrossEntropyLoss(Y[0], ignore_index=-1, label_smoothing=0.1),
            F.cross_entropy(X, CLASSES, Y[0], -1, label_smoothing=0.1),
            CLASSES,
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_module_is_its_function(loss, expected, target):
    np.testing.assert_allclose(np.asarray(loss(X, target)), np.asarray(expected), rtol=1e-6)


def test_class_weights_move_with_the_module(backend):
    loss = nn.CrossEntropyLoss(np.ones(3, np.float32)).to(backend)
    assert list(loss.state_dict()) == ["weight"]
    assert float(loss(X, np.abs(CLASSES))) == pytest.approx(float(F.cross_entropy(X, np.abs(CLASSES))), rel=1e-6)


def test_settings():
    assert repr(nn.MSELoss("sum")) == "MSELoss(reduction='sum')"
    with pytest.raises(ValueError, match="L1Loss expected reduction 'mean', 'sum' or 'none', but got 'avg'"):
        nn.L1Loss("avg")
