"""Layers that move elements and change none."""

from typing import Any

from chainrule import ops
from chainrule.nn.module import Module


class Identity(Module):
    """Returns its input, in a place where another model has a layer."""

    def forward(self, input: Any) -> Any:
        """Return the input."""
        return input


class Flatten(Module):
    """Merges a range of axes into one.

    Parameters
    ----------
    start_dim, end_dim : int, default 1 and -1
        First and last of the axes to merge; all but the batch by default.
    """

    start_dim: int
    end_dim: int

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Any:
        """Merge the axes of a Tensor or Array."""
        return ops.flatten(input, self.start_dim, self.end_dim)
