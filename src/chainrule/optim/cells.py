"""Numbers that a compiled step takes and returns, as objects with a `value`."""

from typing import Any, Protocol

import numpy as np


class Cell(Protocol):
    """Something that holds an array."""

    value: Any


class StepCount:
    """How many steps were done.

    Attributes
    ----------
    value : int or Array
        The number; an array of JAX once it has been through a compiled step.
    """

    def __init__(self, value: Any = 0):
        self.value = value

    def __repr__(self) -> str:
        return f"StepCount({self.value})"


class _Entry:
    """An entry of a dict, such as a group's learning rate."""

    def __init__(self, owner: dict, name: str):
        self._owner = owner
        self._name = name

    @property
    def value(self) -> Any:
        """The entry."""
        return self._owner[self._name]

    @value.setter
    def value(self, value: Any) -> None:
        self._owner[self._name] = value


def learning_rate_cell(group: dict) -> Cell:
    """The learning rate of a group of parameters."""
    return _Entry(group, "lr")


def as_number(value: Any) -> Any:
    """A number from wherever a compiled step has left it, as Python has it."""
    return value if isinstance(value, (bool, int, float, str, type(None))) else np.asarray(value).item()
