"""Choosing rows in whatever a decoder keeps: arrays and Tensors in tuples, lists and dicts."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.autodiff import Tensor
from chainrule.backend import is_array


def map_arrays(function: Callable, tree: Any) -> Any:
    """`tree` with `function` applied to each array in it; None stays."""
    if isinstance(tree, Tensor) or is_array(tree):
        return function(tree)
    if isinstance(tree, dict):
        return {key: map_arrays(function, part) for key, part in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_arrays(function, part) for part in tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)(map_arrays(function, part) for part in tree)
    if tree is None:
        return None
    raise TypeError(f"a search rearranges arrays in tuples, lists and dicts, but a decoder's state holds {type(tree)}")


def take_rows(tree: Any, rows: np.ndarray) -> Any:
    """Keep the sentences `rows` (M,) of arrays (N, ...)."""
    return map_arrays(lambda array: ops.take(array, rows), tree)


def take_beams(tree: Any, beams: np.ndarray) -> Any:
    """Hypotheses `beams` (N, W), in that order, of arrays (N, any, ...)."""
    rows = np.arange(len(beams))[:, None]
    return map_arrays(lambda array: ops.take(array, (rows, beams)), tree)
