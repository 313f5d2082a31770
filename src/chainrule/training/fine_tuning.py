"""A short training loop over arrays, for models that have learned before and for estimators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from chainrule.nn import Module, functional
from chainrule.optim import AdamW, clip_grad_norm_
from chainrule.random import Generator
from chainrule.training.groups import parameter_groups

__all__ = ["ArrayDataset", "Examples", "fine_tune"]


class Examples(Protocol):
    """What `fine_tune` learns from."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def batch(self, rows: np.ndarray) -> tuple[tuple[Any, ...], Any]:
        """Return the arguments of the model for some rows, and what it is to answer."""
        ...


@dataclass(frozen=True)
class ArrayDataset:
    """Inputs and targets in step.

    Attributes
    ----------
    inputs : tuple of ndarray, shapes (n, ...)
        The arguments of the model.
    targets : ndarray, shape (n, ...)
        What it is to answer.
    """

    inputs: tuple[np.ndarray, ...]
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, rows: np.ndarray) -> tuple[tuple[Any, ...], Any]:
        """Take some rows.

        Parameters
        ----------
        rows : ndarray of int, shape (N,)
            Which.

        Returns
        -------
        inputs : tuple of ndarray
            The arguments of the model.
        targets : ndarray
            What it is to answer.
        """
        return tuple(array[rows] for array in self.inputs), self.targets[rows]


def fine_tune(
    model: Module,
    dataset: Examples | tuple[Any, Any],
    learning_rate: float = 1e-3,
    *,
    epochs: int = 3,
    batch_size: int = 32,
    loss: Callable[[Any, Any], Any] = functional.cross_entropy,
    weight_decay: float = 0.01,
    clip_norm: float = 1.0,
    decay: bool = True,
    seed: int = 0,
    after_epoch: Callable[[], None] | None = None,
) -> list[float]:
    """Let a model go on learning from labelled examples, with AdamW and a learning rate that falls to zero.

    Only parameters that require a gradient learn: freeze a body with ``model.body.requires_grad_(False)``, or wrap the
    model in `LoRA`.

    Parameters
    ----------
    model : Module
        The model; it ends in evaluation mode.
    dataset : Examples, or tuple of (inputs, targets)
        What to learn from. Inputs are an array (n, ...) or a tuple of them, one for each argument of the model.
    learning_rate : float, default 1e-3
        The highest rate.
    epochs : int, default 3
        Passes over the examples.
    batch_size : int, default 32
        Examples in a step.
    loss : callable
        From what the model returns and the targets to a scalar; cross-entropy by default.
    weight_decay : float, default 0.01
        AdamW's, of matrices.
    clip_norm : float, default 1
        The longest gradient.
    decay : bool, default True
        Whether the rate falls linearly to zero.
    seed : int, default 0
        Where shuffling and dropout start: the same seed gives the same bits.
    after_epoch : callable, optional
        Called after each epoch with the model in evaluation mode, such as to measure it.

    Returns
    -------
    list of float
        The mean loss of each epoch.

    Raises
    ------
    ValueError
        If there is no example, or inputs and targets differ in number.

    Examples
    --------
    >>> import numpy as np, chainrule as cr
    >>> x = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    >>> model = cr.nn.Linear(2, 2, generator=cr.Generator(0))
    >>> losses = cr.fine_tune(model, (x, (x[:, 0] > 0).astype(int)), 0.05, epochs=20)
    >>> losses[-1] < losses[0]
    True
    """
    examples = _as_examples(dataset)
    count = len(examples)
    steps = epochs * -(-count // batch_size)
    optimizer = AdamW(parameter_groups(model.parameters(), weight_decay), lr=learning_rate)
    means, step = [], 0
    with Generator(seed) as generator:
        for _ in range(epochs):
            model.train()
            generator.next_step()
            order, total = generator.permutation(count), 0.0
            for start in range(0, count, batch_size):
                generator.next_step()
                rows = order[start : start + batch_size]
                inputs, targets = examples.batch(rows)
                value = loss(model(*inputs), targets)
                optimizer.zero_grad()
                value.backward()
                clip_grad_norm_(model.parameters(), clip_norm)
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate * (1 - step / steps if decay else 1)
                optimizer.step()
                step += 1
                total += value.item() * len(rows)
            means.append(total / count)
            model.eval()
            if after_epoch is not None:
                after_epoch()
    return means


def _as_examples(dataset: Any) -> Examples:
    if isinstance(dataset, tuple):
        inputs, targets = dataset
        inputs = tuple(np.asarray(array) for array in (inputs if isinstance(inputs, tuple) else (inputs,)))
        dataset = ArrayDataset(inputs, np.asarray(targets))
        lengths: Sequence[int] = [len(array) for array in inputs]
        if set(lengths) != {len(dataset)}:
            raise ValueError(
                f"fine_tune expected as many targets as inputs, but got inputs of {lengths} rows and {len(dataset)} "
                "targets"
            )
    if not len(dataset):
        raise ValueError("fine_tune got no example; give it at least one")
    return dataset
