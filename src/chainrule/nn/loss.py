"""Losses as modules; each is the function in `chainrule.nn.functional`."""

from typing import Any

from chainrule.nn import functional
from chainrule.nn.module import Module


class _Loss(Module):
    """A loss and what to make of its elements."""

    reduction: str

    def __init__(self, reduction: str = "mean"):
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"{type(self).__name__} expected reduction 'mean', 'sum' or 'none', but got {reduction!r}")
        self.reduction = reduction

    def extra_repr(self) -> str:
        """Describe the settings."""
        return "" if self.reduction == "mean" else f"reduction={self.reduction!r}"


class CrossEntropyLoss(_Loss):
    """Minus the logarithm of the probability that scores give to the right class.

    Parameters
    ----------
    weight : Tensor or Array, shape (C,), optional
        How much each class counts.
    ignore_index : int, default -100
        Targets of this class count nothing.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the losses; the mean is over the targets that count.
    label_smoothing : float, default 0
        The part of the probability that is spread over all classes (C. Szegedy et al., 2015).
    """

    weight: Any  # (C,)
    ignore_index: int
    label_smoothing: float

    def __init__(
        self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ):
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """Compute the loss.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C), (C,) or (N, C, ...)
            Scores of C classes.
        target : Tensor or Array
            The right classes, integers of shape (N,), () or (N, ...); or probabilities, of the input's shape.

        Returns
        -------
        Tensor or Array
            One number; one a target if the reduction is "none".
        """
        return functional.cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )


class NLLLoss(_Loss):
    """Minus the logarithm of the probability of the right class, from log probabilities.

    Parameters
    ----------
    weight : Tensor or Array, shape (C,), optional
        How much each class counts.
    ignore_index : int, default -100
        Targets of this class count nothing.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the losses; the mean is over the targets that count.
    """

    weight: Any  # (C,)
    ignore_index: int

    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"):
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        """Compute the loss.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C), (C,) or (N, C, ...)
            Log probabilities of C classes.
        target : Tensor or Array of int, shape (N,), () or (N, ...)
            The right classes.

        Returns
        -------
        Tensor or Array
            One number; one a target if the reduction is "none".
        """
        return functional.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Binary cross entropy of scores before the sigmoid.

    Parameters
    ----------
    weight : Tensor or Array, optional
        What each loss is multiplied by; broadcast.
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.
    pos_weight : Tensor or Array, optional
        What the yes part of each loss is multiplied by; broadcast.
    """

    weight: Any
    pos_weight: Any

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None):
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        """Compute the loss.

        Parameters
        ----------
        input : Tensor or Array
            Scores of yes; any shape.
        target : Tensor or Array
            Probabilities of yes, of the same shape.

        Returns
        -------
        Tensor or Array
            One number; one an element if the reduction is "none".
        """
        return functional.binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)


class MSELoss(_Loss):
    """The mean squared difference.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Compare two Tensors or Arrays of one shape."""
        return functional.mse_loss(input, target, self.reduction)


class L1Loss(_Loss):
    """The mean absolute difference.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Compare two Tensors or Arrays of one shape."""
        return functional.l1_loss(input, target, self.reduction)


class SmoothL1Loss(_Loss):
    """The absolute difference, squared near zero: `HuberLoss` divided by beta (R. Girshick, 2015).

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.
    beta : float, default 1.0
        From where a difference counts by its absolute value.
    """

    beta: float

    def __init__(self, reduction: str = "mean", beta: float = 1.0):
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        """Compare two Tensors or Arrays of one shape."""
        return functional.smooth_l1_loss(input, target, self.reduction, self.beta)


class HuberLoss(_Loss):
    """Half the squared difference, linear from delta on (P. Huber, 1964).

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the elements' losses.
    delta : float, default 1.0
        From where a difference is large.
    """

    delta: float

    def __init__(self, reduction: str = "mean", delta: float = 1.0):
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        """Compare two Tensors or Arrays of one shape."""
        return functional.huber_loss(input, target, self.reduction, self.delta)
