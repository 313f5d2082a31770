"""An exponential moving average of the weights, often better than the last weights themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.backend import namespace

__all__ = ["WeightAverage"]


_EVERY = 4


class WeightAverage:
    """The average ``a <- d a + (1 - d) w`` with d = min(decay, (1 + n) / (10 + n)) after n steps.

    The smaller d at the beginning lets it forget the initial weights (as TensorFlow's
    ``ExponentialMovingAverage`` with ``num_updates``). It takes the weights in at every fourth step, with d to the
    fourth power: nearly the same average for a quarter of the work. Running statistics, which belong to the weights of
    their time, are averaged with them.

    Parameters
    ----------
    model : Module
        The model whose weights are averaged.
    decay : float
        The memory d, at least 0 and less than 1.
    """

    def __init__(self, model: Any, decay: float) -> None:
        self._decay = decay
        self._count = 0
        buffers = {name: buffer for name, buffer in model.named_buffers() if buffer.dtype.kind == "f"}
        self._weights = dict(model.named_parameters()) | buffers
        self._mean = {name: np.array(weight.value) for name, weight in self._weights.items()}
        self._scratch = {name: np.empty_like(mean) for name, mean in self._mean.items()}

    def update(self) -> None:
        """Take the present weights in, if it is their turn."""
        decay = min(self._decay, (1 + self._count) / (10 + self._count)) ** _EVERY
        self._count += 1
        if self._count % _EVERY:
            return
        for name, mean in self._mean.items():
            change = self._scratch[name]
            np.subtract(np.asarray(self._weights[name].value), mean, out=change)
            change *= 1 - decay
            mean += change

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Within the block the model has the averaged weights."""
        before = {name: weight.value for name, weight in self._weights.items()}
        try:
            for name, weight in self._weights.items():
                weight.value = namespace(before[name]).from_any(self._mean[name])
            yield
        finally:
            for name, weight in self._weights.items():
                weight.value = before[name]

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` takes.

        Returns
        -------
        dict
            The averages and the number of steps.
        """
        return {"count": self._count, "mean": self._mean}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved average.

        Parameters
        ----------
        state : dict
            The result of `state_dict`.
        """
        self._count = state["count"]
        for name, mean in self._mean.items():
            mean[...] = state["mean"][name]
