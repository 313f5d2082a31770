"""What a trainer is given: how to compute a loss, and how to score a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from chainrule.autodiff import Tensor

__all__ = ["Batches", "Objective", "Part"]


class Batches(Protocol):
    """An endless source of batches that can be set to any position.

    Attributes
    ----------
    position : object
        Where the next batch stands, as numbers, texts, lists and tuples of them.
    batches_per_epoch : int
        How many batches see every example once.
    """

    position: Any
    batches_per_epoch: int

    def __next__(self) -> Any:
        """Return the next batch."""
        ...


@dataclass(frozen=True)
class Part:
    """A part of a batch, for gradients that are added up part by part.

    Attributes
    ----------
    batch : object
        A batch of its own.
    rows : Array of int, shape (N,)
        Which rows of the whole batch it has, so that they get the dropout masks that they get there.
    share : float
        How much of the whole batch's loss is the mean over this part.
    """

    batch: Any
    rows: Any
    share: float


@dataclass(frozen=True)
class Objective:
    """What is learned, as a few functions.

    Attributes
    ----------
    arrays : callable
        From a batch to a tuple or dict of what the loss needs of it; on JAX these become the arguments of
        the compiled step.
    loss : callable
        From a model in training mode and the result of `arrays` to a scalar Tensor.
    score : callable
        From a model in evaluation mode to measures by name, the lower the better. The first decides which
        model is the best, the next ones where it is equal. It draws nothing from the trainer's generator.
    size : callable
        From a batch to the number of units in it, for the speed that is shown.
    unit : str
        What these units are called, for instance ``"words"``.
    split : callable or None
        From a batch and a number to that many `Part`, or fewer, that make it up; None where a batch is never split.
    """

    arrays: Callable[[Any], Any]
    loss: Callable[[Any, Any], Tensor]
    score: Callable[[Any], Mapping[str, float]]
    size: Callable[[Any], int]
    unit: str
    split: Callable[[Any, int], Iterable[Part]] | None = None
