"""What became of each array when weights were loaded into a model."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["TransferReport", "TransferredArray"]

_ORDER = ("loaded", "reshaped", "new", "ignored")
_NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")  # of a layer, in a path


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
    """

    source: str
    model: str
    arrays: tuple[TransferredArray, ...]

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

    def __str__(self) -> str:
        lines = [f"{self.model} from {self.source}"]
        for outcome in _ORDER:
            arrays = self.of(outcome)
            count = sum(array.size for array in arrays)
            lines.append(f"  {outcome:<8}  {len(arrays):>4} arrays  {count:>13,} numbers")
            if outcome != "loaded":  # what went as it should needs no list
                lines += [f"      {line}" for line in _summarised(arrays)]
        return "\n".join(lines)


def _summarised(arrays: Iterable[TransferredArray]) -> list[str]:
    """A line for each kind of array: those of different layers differ only in a number."""
    lines = Counter(_NUMBER.sub("*", f"{array.name} {array.shape}: {array.why}") for array in arrays)
    return [f"{line} ({count} times)" if count > 1 else line for line, count in lines.items()]
