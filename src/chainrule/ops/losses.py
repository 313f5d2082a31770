"""Losses, with PyTorch's names, arguments and denominators."""

from collections.abc import Callable

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.ops.activations import softplus
from chainrule.ops.elementwise import abs, clip, square
from chainrule.ops.reductions import mean, sum


def reduced(losses: Array, reduction: str) -> Array:
    """The mean, the sum, or the losses themselves."""
    return _chosen(reduction)(losses)


def _chosen(reduction: str) -> Callable:
    choices: dict[str, Callable] = {"mean": mean, "sum": sum, "none": lambda losses: losses}
    if reduction not in choices:
        raise ValueError(f"a loss expected reduction 'mean', 'sum' or 'none', but got {reduction!r}")
    return choices[reduction]


def _same_shape(name: str, input: Array, target: Array) -> None:
    if input.shape != target.shape:
        raise ValueError(
            f"{name} expected input and target of one shape, but got {input.shape} and {target.shape}: reshape one of "
            "them, since broadcasting would compare every pair"
        )


def mse_loss(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Squared differences.

    Parameters
    ----------
    input, target : Tensor or Array
        Equal shapes.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.

    Returns
    -------
    Tensor or Array
        ``(input - target)**2``, reduced.

    Raises
    ------
    ValueError
        If the shapes differ or `reduction` is unknown.
    """
    _same_shape("mse_loss", input, target)
    return reduced(square(input - target), reduction)


def l1_loss(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Absolute differences.

    Parameters
    ----------
    input, target : Tensor or Array
        Equal shapes.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.

    Returns
    -------
    Tensor or Array
        ``|input - target|``, reduced.

    Raises
    ------
    ValueError
        If the shapes differ or `reduction` is unknown.
    """
    _same_shape("l1_loss", input, target)
    return reduced(abs(input - target), reduction)


@differentiable
def _huber(x, *, delta):
    """x**2 / 2 up to delta, a straight line beyond: d = clip(x, -delta, delta) dx."""
    size = namespace(x).abs(x)
    near = namespace(x).minimum(size, delta)
    return near * (size - 0.5 * near), (lambda grad: grad * clip(x, min=-delta, max=delta),)


def huber_loss(input: Array, target: Array, reduction: str = "mean", delta: float = 1.0) -> Array:
    """Squares of small differences, absolute values of large ones (P. Huber, 1964).

    Parameters
    ----------
    input, target : Tensor or Array
        Equal shapes.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.
    delta : float, default 1.0
        From where a difference is large.

    Returns
    -------
    Tensor or Array
        ``d**2 / 2`` where ``|d| < delta``, else ``delta * (|d| - delta / 2)``, reduced.

    Raises
    ------
    ValueError
        If the shapes differ or `reduction` is unknown.
    """
    _same_shape("huber_loss", input, target)
    return reduced(_huber(input - target, delta=delta), reduction)


def smooth_l1_loss(input: Array, target: Array, reduction: str = "mean", beta: float = 1.0) -> Array:
    """`huber_loss` with delta = beta, divided by beta (R. Girshick, Fast R-CNN, 2015).

    Parameters
    ----------
    input, target : Tensor or Array
        Equal shapes.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.
    beta : float, default 1.0
        From where a difference counts by its absolute value; 0 makes this `l1_loss`.

    Returns
    -------
    Tensor or Array
        ``d**2 / (2 beta)`` where ``|d| < beta``, else ``|d| - beta / 2``, reduced.

    Raises
    ------
    ValueError
        If the shapes differ or `reduction` is unknown.
    """
    _same_shape("smooth_l1_loss", input, target)
    if beta == 0:
        return l1_loss(input, target, reduction)
    return reduced(_huber(input - target, delta=beta) / beta, reduction)


def binary_cross_entropy_with_logits(
    input: Array,
    target: Array,
    weight: Array | None = None,
    reduction: str = "mean",
    pos_weight: Array | None = None,
) -> Array:
    """Negative log likelihood of independent yes-no answers, from scores.

    Parameters
    ----------
    input : Tensor or Array
        Scores of yes, before the sigmoid; any shape.
    target : Tensor or Array
        Probabilities of yes, of the same shape.
    weight : Tensor or Array, optional
        What each loss is multiplied by; broadcast.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.
    pos_weight : Tensor or Array, optional
        What the yes part of each loss is multiplied by; broadcast.

    Returns
    -------
    Tensor or Array
        ``-weight * (pos_weight * t * log(s) + (1 - t) * log(1 - s))`` with s = sigmoid(input), reduced.

    Raises
    ------
    ValueError
        If the shapes differ or `reduction` is unknown.
    """
    _same_shape("binary_cross_entropy_with_logits", input, target)
    if pos_weight is None:
        losses = softplus(input) - input * target
    else:
        losses = (1.0 - target) * softplus(input) + pos_weight * target * softplus(-input)
    return reduced(losses if weight is None else losses * weight, reduction)
