"""The weights of the last measurements, kept so that their mean can be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import CheckpointError
from chainrule.training.weights import load_weights, save_weights

__all__ = ["SnapshotFolder", "mean_weights"]

_PREFIX, _SUFFIX = "step-", ".safetensors"


class SnapshotFolder:
    """Weights by the step at which they were measured, a file each.

    Parameters
    ----------
    path : Path
        The folder; it is made with the first snapshot.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def steps(self) -> list[int]:
        """The steps of the snapshots, in order."""
        return sorted(int(file.name[len(_PREFIX) : -len(_SUFFIX)]) for file in self.path.glob(f"{_PREFIX}*{_SUFFIX}"))

    def save(self, step: int, arrays: Mapping[str, Any], keep: int) -> None:
        """Save weights and let older ones go.

        Parameters
        ----------
        step : int
            The number of steps done.
        arrays : mapping of str to array
            The model's ``state_dict()``.
        keep : int
            How many snapshots remain, this one included.

        Raises
        ------
        CheckpointError
            When they cannot be written.
        """
        try:
            self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise CheckpointError(f"{self.path} could not be made: {error.strerror or error}") from error
        save_weights(self._file(step), arrays)
        for other in self.steps[:-keep]:
            self._file(other).unlink(missing_ok=True)

    def load(self, step: int) -> dict[str, np.ndarray]:
        """Load the weights of a step.

        Parameters
        ----------
        step : int
            One of `steps`.

        Returns
        -------
        dict of str to ndarray
            What the model's ``load_state_dict`` takes.

        Raises
        ------
        CheckpointError
            When they are missing or damaged.
        """
        return load_weights(self._file(step))

    def _file(self, step: int) -> Path:
        return self.path / f"{_PREFIX}{step:010d}{_SUFFIX}"


def mean_weights(several: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Average the weights of some models array by array.

    Parameters
    ----------
    several : sequence of mapping of str to ndarray
        Weights of the same names and shapes; their sums are taken in float64.

    Returns
    -------
    dict of str to ndarray
        The means, of the arrays' own kinds; whole numbers, such as counts, are those of the last.
    """
    last = several[-1]
    return {
        name: np.mean([weights[name] for weights in several], axis=0, dtype=np.float64).astype(array.dtype)
        if array.dtype.kind == "f"
        else array
        for name, array in last.items()
    }
