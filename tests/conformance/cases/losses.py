"""Cases of `chainrule.ops.losses`."""

import numpy as np

from chainrule import ops

from ..case import Case, between
from .activations import softplus

WEIGHTS = between(0.5, 2.0, 4)
REDUCTIONS = {"mean": np.mean, "sum": np.sum, "none": lambda losses: losses}


def elementwise_loss(of):
    """A reference out of a function of input and target."""

    def reference(x, y, reduction="mean", **options):
        return REDUCTIONS[reduction](of(x, y, **options))

    return reference


def huber(x, y, delta=1.0):
    d = np.abs(x - y)
    return np.where(d < delta, d * d / 2, delta * (d - delta / 2))


def smooth_l1(x, y, beta=1.0):
    return huber(x, y, beta) / beta if beta else np.abs(x - y)


def binary_cross_entropy(x, y, weight=1.0, pos_weight=1.0):
    return weight * (pos_weight * y * softplus(-x) + (1 - y) * softplus(x))


def nt_xent(first, second, temperature=0.5):
    """Written as the paper has it, one pair after the other."""
    views = np.concatenate([first, second])
    views = views / np.linalg.norm(views, axis=1, keepdims=True)
    likeness = np.exp(views @ views.T / temperature)
    count, total = len(first), 0.0
    for i in range(2 * count):
        total -= np.log(likeness[i, (i + count) % (2 * count)] / (likeness[i].sum() - likeness[i, i]))
    return total / (2 * count)


CASES = [
    Case(ops.nt_xent_loss, ((4, 3), (4, 3)), nt_xent, static={"temperature": 0.3}),
    Case(ops.mse_loss, ((3, 4), (3, 4)), elementwise_loss(lambda x, y: (x - y) ** 2)),
    Case(ops.l1_loss, ((3, 4), (3, 4)), elementwise_loss(lambda x, y: np.abs(x - y)), "sum", {"reduction": "sum"}),
    Case(ops.huber_loss, ((3, 4), (3, 4)), elementwise_loss(huber), "none", {"reduction": "none", "delta": 0.6}),
    Case(ops.smooth_l1_loss, ((3, 4), (3, 4)), elementwise_loss(smooth_l1), static={"beta": 0.5}),
    Case(ops.smooth_l1_loss, ((3, 4), (3, 4)), elementwise_loss(smooth_l1), "sharp", {"beta": 0}, compiled=False),
    Case(
        ops.binary_cross_entropy_with_logits,
        ((3, 4), between(0.0, 1.0, 3, 4)),
        elementwise_loss(binary_cross_entropy),
    ),
    Case(
        ops.binary_cross_entropy_with_logits,
        ((3, 4), between(0.0, 1.0, 3, 4), WEIGHTS, between(1.0, 3.0, 3, 1)),
        lambda x, y, w, p: np.sum(binary_cross_entropy(x, y, w, p)),
        "weights",
        call=lambda x, y, w, p: ops.binary_cross_entropy_with_logits(x, y, w, pos_weight=p, reduction="sum"),
        compiled=False,
    ),
]
