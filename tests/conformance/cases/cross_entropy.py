"""Cases of `chainrule.ops.cross_entropy`."""

import numpy as np

from chainrule import ops

from ..case import Case, between, like
from .losses import REDUCTIONS, WEIGHTS
from .softmax import log_softmax

TARGETS = np.array([2, 0, -100, 3, 2])
IMAGE = np.array([[[0, 1, 2], [2, 2, 1]], [[1, -100, 0], [0, 1, 2]]])  # (N, 2, 3)


def cross_entropy(x, targets, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """One example after the other, by the definition."""
    classes = x.shape[1]
    weight = np.ones(classes) if weight is None else weight
    scores = np.moveaxis(log_softmax(x, 1), 1, -1)
    losses, total = np.zeros(targets.shape), 0.0
    for place, target in np.ndenumerate(targets):
        if target != ignore_index:
            wished = np.full(classes, label_smoothing / classes)
            wished[target] += 1 - label_smoothing
            losses[place] = -np.sum(wished * weight * scores[place])
            total += weight[target]
    return np.sum(losses) / total if reduction == "mean" else REDUCTIONS[reduction](losses)


def with_probabilities(x, y, weight=1.0, label_smoothing=0.0):
    wished = (1 - label_smoothing) * y + label_smoothing / x.shape[1]
    return np.mean(np.sum(-wished * weight * log_softmax(x, 1), axis=1))


def cross_entropy_case(label, shape, targets, compiled=False, weight=None, **options):
    return Case(
        ops.cross_entropy,
        (shape, targets),
        lambda x, t: cross_entropy(x, t, weight, **options),
        label,
        call=lambda x, t: ops.cross_entropy(x, t, None if weight is None else like(weight, x), **options),
        compiled=compiled,
    )


CASES = [
    cross_entropy_case("mean", (5, 4), TARGETS, compiled=True),
    cross_entropy_case("sum", (5, 4), TARGETS, reduction="sum"),
    cross_entropy_case("none", (5, 4), abs(TARGETS % 4), reduction="none", ignore_index=2),
    cross_entropy_case("smoothing", (5, 4), TARGETS, label_smoothing=0.1),
    cross_entropy_case("weights", (5, 4), TARGETS, weight=WEIGHTS),
    cross_entropy_case("weights-smoothing", (5, 4), TARGETS, compiled=True, weight=WEIGHTS, label_smoothing=0.2),
    cross_entropy_case("images", (2, 3, 2, 3), IMAGE, label_smoothing=0.1),
    cross_entropy_case("images-none", (2, 3, 2, 3), IMAGE, reduction="none"),
    Case(
        ops.cross_entropy,
        ((3, 4, 2), between(0.0, 1.0, 3, 4, 2)),
        lambda x, y: with_probabilities(x, y, WEIGHTS[:, None], 0.1),
        "probabilities",
        call=lambda x, y: ops.cross_entropy(x, y, like(WEIGHTS, x), label_smoothing=0.1),
        compiled=False,
    ),
    Case(
        ops.cross_entropy,
        ((4,),),
        lambda x: -log_softmax(x)[1],
        "one-example",
        call=lambda x: ops.cross_entropy(x, np.asarray(1)),
        compiled=False,
    ),
    Case(
        ops.nll_loss,
        ((5, 4), TARGETS),
        lambda x, t: -(x[0, 2] + x[1, 0] + x[3, 3] + x[4, 2]) / 4,
    ),
    Case(
        ops.nll_loss,
        ((2, 3, 2, 3), IMAGE, between(0.5, 2.0, 3)),
        lambda x, t, w: sum(-w[c] * x[n, c, i, j] for (n, i, j), c in np.ndenumerate(t) if c >= 0),
        "weights",
        call=lambda x, t, w: ops.nll_loss(x, t, w, reduction="sum"),
        compiled=False,
    ),
]
