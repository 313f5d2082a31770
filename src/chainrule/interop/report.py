"""What became of each array when weights were loaded into a model."""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from chainrule.errors import WeightsError
from chainrule.nn import Module, Parameter
from chainrule.nn.running_statistics import RunningStatistics
from chainrule.nn.state import entries

__all__ = ["TransferReport", "TransferredArray"]

_ORDER = ("loaded", "reshaped", "new", "ignored")
_DRAWN = "drawn at random"
_NUMBER = re.compile(r"(?<=[./])\d+(?=[./])")  # of a layer, in a path


@dataclass(frozen=True)
class TransferredArray:
    """One array and what became of it.

    Parameters
    ----------
    outcome : {"loaded", "reshaped", "new", "ignored"}
        Copied as it was; copied in another shape; only in the model, and initialised newly; only in the file.
    name : str
        Its name in the model; for what is ignored, in the file.
    shape : tuple of int
        Its shape there.
    why : str
        The reason, where there is one to give.
    """

    outcome: str
    name: str
    shape: tuple[int, ...]
    why: str = ""

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class TransferReport:
    """What was loaded, newly initialised, reshaped or ignored, and why; printing it gives a table.

    Parameters
    ----------
    source : str
        Where the weights came from.
    model : str
        The model's class.
    arrays : tuple of TransferredArray
        One for each array of the model and of the file.
    learns : frozenset of str, optional
        The names of the arrays that training is going to change, where there will be one; the table then says so.
    """

    source: str
    model: str
    arrays: tuple[TransferredArray, ...]
    learns: frozenset[str] | None = None

    @classmethod
    def by_names(cls, source: str, model: Module, weights: Mapping[str, np.ndarray]) -> Self:
        """Say what becomes of weights whose names are the model's own: those of the same shape can be loaded.

        Parameters
        ----------
        source : str
            Where the weights came from.
        model : Module
            The model.
        weights : mapping of str to ndarray
            The weights.

        Returns
        -------
        TransferReport
            On every array of both.
        """
        own = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
        arrays = [
            TransferredArray("loaded", name, shape)
            if name in weights and weights[name].shape == shape
            else TransferredArray("new", name, shape, _DRAWN)
            for name, shape in own.items()
        ]
        for name, array in weights.items():
            if name not in own:
                arrays.append(TransferredArray("ignored", name, array.shape, "the model has no such part"))
            elif array.shape != own[name]:
                arrays.append(TransferredArray("ignored", name, array.shape, f"it is {own[name]} here"))
        return cls(source, type(model).__name__, tuple(arrays))

    def of(self, outcome: str) -> tuple[TransferredArray, ...]:
        """Return the arrays with an outcome.

        Parameters
        ----------
        outcome : {"loaded", "reshaped", "new", "ignored"}
            Which.

        Returns
        -------
        tuple of TransferredArray
            In the order of the model or the file.
        """
        return tuple(array for array in self.arrays if array.outcome == outcome)

    def within(self, path: str, names: Container[str], why: str) -> Self:
        """Narrow the report to a part of the model.

        Parameters
        ----------
        path : str
            The part's path in the model; empty for the model itself.
        names : container of str
            The names of the arrays of the part that are used.
        why : str
            Why the others are not: what was loaded into them counts as ignored.

        Returns
        -------
        TransferReport
            With the names that arrays have in the part.
        """
        arrays = []
        prefix = f"{path}." if path else ""
        for array in self.arrays:
            name = array.name.removeprefix(prefix)
            if array.outcome == "ignored":
                arrays.append(array)
            elif array.name.startswith(prefix) and name in names:
                arrays.append(dataclasses.replace(array, name=name))
            elif array.outcome != "new":
                arrays.append(dataclasses.replace(array, outcome="ignored", why=why))
        return dataclasses.replace(self, arrays=tuple(arrays))

    def before_training(self, model: Module, part: Module | None = None) -> Self:
        """Extend the report to a model that is going to learn.

        Parameters
        ----------
        model : Module
            The model.
        part : Module, optional
            What of it this report is on, where that is not all: the rest is new.

        Returns
        -------
        TransferReport
            On the whole model, with what learns and what is frozen.
        """
        known = {array.name: array for array in self.arrays if array.outcome != "ignored"}
        before = {tensor: known[name] for name, tensor in entries(part or model) if name in known}
        arrays: dict[Any, TransferredArray] = {}
        learns, changing = set(), _running_statistics(model)
        for name, tensor in entries(model):
            new = TransferredArray("new", name, tuple(tensor.shape), _DRAWN)
            arrays.setdefault(tensor, dataclasses.replace(before.get(tensor, new), name=name))
            if tensor in changing or (isinstance(tensor, Parameter) and tensor.requires_grad):
                learns.add(name)
        every = (*arrays.values(), *self.of("ignored"))
        return dataclasses.replace(self, model=type(model).__name__, arrays=every, learns=frozenset(learns))

    def to_json(self) -> list[list[Any]]:
        """Return outcome, name, shape and reason of each array, for a JSON file."""
        return [list(dataclasses.astuple(array)) for array in self.arrays]

    @classmethod
    def from_json(cls, source: str, model: str, content: Sequence[Sequence[Any]]) -> Self:
        """Read what `to_json` returned.

        Parameters
        ----------
        source, model : str
            As for the class.
        content : list of list
            The arrays.

        Returns
        -------
        TransferReport
            The report.

        Raises
        ------
        WeightsError
            When an entry is not an array's.
        """
        try:
            arrays = (TransferredArray(outcome, name, tuple(shape), why) for outcome, name, shape, why in content)
            return cls(source, model, tuple(arrays))
        except (TypeError, ValueError) as error:
            raise WeightsError(f"what became of the weights of {source} is not readable: {error}") from None

    def __str__(self) -> str:
        lines = [f"{self.model} from {self.source}"]
        for outcome in _ORDER:
            arrays = self.of(outcome)
            lines.append(_counted(outcome, arrays))
            if outcome != "loaded":  # what went as it should needs no list
                lines += [f"      {line}" for line in _summarised(arrays)]
        if self.learns is not None:
            own = [array for array in self.arrays if array.outcome != "ignored"]
            lines.append(_counted("frozen", [array for array in own if array.name not in self.learns]))
            lines.append(_counted("learns", [array for array in own if array.name in self.learns]))
        return "\n".join(lines)


def _running_statistics(model: Module) -> set[Any]:
    """What normalisation remembers in training, where it is not frozen."""
    layers = (module for module in model.modules() if isinstance(module, RunningStatistics) and not module.frozen)
    return {buffer for layer in layers for buffer in layer.buffers()}


def _counted(what: str, arrays: Sequence[TransferredArray]) -> str:
    return f"  {what:<8}  {len(arrays):>4} arrays  {sum(array.size for array in arrays):>13,} numbers"


def _summarised(arrays: Iterable[TransferredArray]) -> list[str]:
    """A line for each kind of array: those of different layers differ only in a number."""
    lines = Counter(_NUMBER.sub("*", f"{array.name} {array.shape}: {array.why}") for array in arrays)
    return [f"{line} ({count} times)" if count > 1 else line for line, count in lines.items()]
