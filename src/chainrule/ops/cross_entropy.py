"""Cross entropy over classes, with PyTorch's names, arguments and denominators."""

from typing import Any

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.kernels import select
from chainrule.kernels.reference.softmax import check_classes
from chainrule.ops.constants import constant
from chainrule.ops.indexing import take, take_along_axis
from chainrule.ops.losses import reduced
from chainrule.ops.reductions import sum
from chainrule.ops.shape import reshape, transpose
from chainrule.ops.softmax import log_softmax


@differentiable
def _cross_entropy(logits, *, targets, label_smoothing, ignore_index, wanted):
    """With p = softmax(x), e the smoothing: d loss_i = (p_ij - (1 - e) [j = target] - e / V) dx_ij."""
    options = (logits, targets, label_smoothing, ignore_index)
    losses, saved = select(logits).cross_entropy(*options, wanted[0])
    return losses, (lambda grad: select(grad, logits).cross_entropy_backward(grad, *options, saved),)


@differentiable
def _mean_cross_entropy(logits, *, targets, label_smoothing, ignore_index, wanted):
    """The mean of `_cross_entropy` over the n targets that count: each loss gets 1 / n of the gradient."""
    options = (logits, targets, label_smoothing, ignore_index)
    mean, saved = select(logits).mean_cross_entropy(*options, wanted[0])
    return mean, (lambda grad: select(grad, logits).mean_cross_entropy_backward(grad, *options, saved),)


def cross_entropy(
    input: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Array:
    """Negative log probability of the right classes, from scores.

    Parameters
    ----------
    input : Tensor or Array, shape (N, C), (C,) or (N, C, ...)
        Scores of C classes.
    target : Tensor or Array
        The right classes, integers of shape (N,), () or (N, ...); or probabilities, of the input's shape.
    weight : Tensor or Array, shape (C,), optional
        How much each class counts.
    ignore_index : int, default -100
        Targets of this class count nothing.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the losses. The mean divides by the sum of the weights of the targets that are not ignored,
        or, where targets are probabilities, by the number of examples.
    label_smoothing : float, default 0.0
        The part of the probability that is spread over all classes (C. Szegedy et al., 2015).

    Returns
    -------
    Tensor or Array
        One loss for each target, of the shape of integer targets, reduced.

    Raises
    ------
    ValueError
        If shapes do not fit, or `reduction` or `label_smoothing` is no such thing.
    IndexError
        If a target is no class.
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"cross_entropy expected label_smoothing from 0 to 1, but got {label_smoothing}")
    if target.dtype.kind not in "iu":
        return _with_probabilities(input, target, weight, reduction, label_smoothing)
    targets = constant(target)
    rows, classes = _rows("cross_entropy", input, targets)
    if weight is None:
        options = {"targets": classes, "label_smoothing": label_smoothing, "ignore_index": ignore_index}
        if reduction == "mean":
            return _mean_cross_entropy(rows, **options)
        return reduced(reshape(_cross_entropy(rows, **options), shape=targets.shape), reduction)
    check_classes("cross_entropy", classes, rows.shape[-1], ignore_index)
    log_probabilities = log_softmax(rows)
    losses, total = _weighted_nll(log_probabilities, classes, weight, ignore_index)
    if label_smoothing:
        spread_out = sum(log_probabilities * weight, axis=-1) * -(label_smoothing / rows.shape[-1])
        kept = namespace(classes).astype(classes != ignore_index, rows.dtype)
        losses = (1.0 - label_smoothing) * losses + spread_out * kept
    return _finished(losses, total, targets.shape, reduction)


def nll_loss(
    input: Array, target: Array, weight: Array | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Array:
    """Pick the right classes' log probabilities, with the sign changed.

    Parameters
    ----------
    input : Tensor or Array, shape (N, C), (C,) or (N, C, ...)
        Log probabilities of C classes.
    target : Tensor or Array of int, shape (N,), () or (N, ...)
        The right classes.
    weight : Tensor or Array, shape (C,), optional
        How much each class counts.
    ignore_index : int, default -100
        Targets of this class count nothing.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the losses; the mean divides by the sum of the weights of the targets that are not ignored.

    Returns
    -------
    Tensor or Array
        One loss for each target, reduced.

    Raises
    ------
    ValueError
        If shapes do not fit, or `reduction` is unknown.
    IndexError
        If a target is no class.
    """
    targets = constant(target)
    rows, classes = _rows("nll_loss", input, targets)
    check_classes("nll_loss", classes, rows.shape[-1], ignore_index)
    losses, total = _weighted_nll(rows, classes, weight, ignore_index)
    return _finished(losses, total, targets.shape, reduction)


def _rows(name: str, input: Array, targets: Array) -> tuple[Array, Array]:
    """Scores as (M, C) and targets as (M,)."""
    if not input.shape or input.shape[:1] * (len(input.shape) > 1) + input.shape[2:] != targets.shape:
        raise ValueError(
            f"{name} expected scores (N, C, ...) and integer targets (N, ...), but got {input.shape} and "
            f"{targets.shape}"
        )
    axes = len(input.shape)
    classes = input.shape[min(1, axes - 1)]
    if axes == 2:
        return input, targets
    last = input if axes == 1 else transpose(input, axes=(0, *range(2, axes), 1))  # (N, ..., C)
    return reshape(last, shape=(-1, classes)), namespace(targets).reshape(targets, (-1,))


def _weighted_nll(log_probabilities: Array, classes: Array, weight: Array | None, ignore_index: int) -> tuple:
    """Losses (M,), zero where ignored, and the sum of the weights that count."""
    xp = namespace(classes)
    kept = classes != ignore_index
    place = xp.where(kept, classes, 0)
    share = xp.astype(kept, log_probabilities.dtype)
    if weight is not None:
        share = take(weight, place) * share
    picked = take_along_axis(log_probabilities, place[:, None], axis=1)[:, 0]
    return -picked * share, sum(share)


def _with_probabilities(input: Array, target: Array, weight: Array | None, reduction: str, smoothing: float) -> Array:
    if input.shape != target.shape:
        raise ValueError(
            f"cross_entropy expected probabilities of the scores' shape {input.shape}, or integer targets, but got "
            f"{target.dtype} of shape {target.shape}"
        )
    axis = min(1, len(input.shape) - 1)
    count = input.shape[axis]
    wished = target * (1.0 - smoothing) + smoothing / count if smoothing else target
    if weight is not None:
        wished = wished * reshape(weight, shape=tuple(count if i == axis else 1 for i in range(len(input.shape))))
    losses = -sum(wished * log_softmax(input, axis=axis), axis=axis)
    return reduced(losses, reduction)


def _finished(losses: Array, total: Any, shape: tuple[int, ...], reduction: str) -> Array:
    """Reduced; nothing that counts gives NaN, as in PyTorch."""
    if reduction != "mean":
        return reduced(reshape(losses, shape=shape), reduction)
    return sum(losses) / total
