"""What was read of published weights: arrays by name, and what stood beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Weights"]


@dataclass(frozen=True, eq=False)
class Weights:
    """Arrays by name, and the configuration that came with them.

    Parameters
    ----------
    source : str
        Where they were found.
    arrays : mapping of str to ndarray
        The numbers under the names of the file; bfloat16 was made float32, which loses nothing.
    config : mapping
        The content of the ``config.json`` beside them; empty where there was none.
    folder : Path, optional
        The folder in which such things as a tokenizer lie.
    revision : str, optional
        The commit of a hub's repository: give it as ``revision=`` to get the same numbers again.
    left_out : tuple of str
        What else the file held, such as an optimizer's state.
    """

    source: str
    arrays: Mapping[str, np.ndarray]
    config: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    revision: str | None = None
    left_out: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """How many numbers there are."""
        return sum(array.size for array in self.arrays.values())

    def __str__(self) -> str:
        revision = f" at revision {self.revision}" if self.revision else ""
        lines = [f"{self.source}{revision}: {len(self.arrays)} arrays, {self.parameters:,} numbers"]
        widest = max((len(name) for name in self.arrays), default=0)
        lines += [f"  {name:<{widest}}  {array.dtype} {array.shape}" for name, array in self.arrays.items()]
        return "\n".join(lines + [f"  left out: {name}" for name in self.left_out])

    def __repr__(self) -> str:
        return f"Weights({self.source!r}, {len(self.arrays)} arrays, {self.parameters:,} numbers)"
