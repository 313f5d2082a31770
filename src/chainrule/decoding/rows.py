"""Choosing rows in whatever a decoder keeps: arrays and Tensors in tuples, lists and dicts."""

from typing import Any

import numpy as np

from chainrule import ops
from chainrule.autodiff.tree import tree_map


class Shared:
    """A part of a memory that all sentences share, such as weights arranged for a search: no rows are taken of it.

    Parameters
    ----------
    value : object
        Whatever it is.
    """

    def __init__(self, value: Any) -> None:
        self.value = value


def take_rows(tree: Any, rows: np.ndarray) -> Any:
    """Keep the sentences `rows` (M,) of arrays (N, ...)."""
    return tree_map(lambda part: part if isinstance(part, Shared) else ops.take(part, rows), tree)


def take_beams(tree: Any, beams: np.ndarray) -> Any:
    """Hypotheses `beams` (N, W), in that order, of arrays (N, any, ...)."""
    rows = np.arange(len(beams))[:, None]
    return tree_map(lambda array: ops.take(array, (rows, beams)), tree)
