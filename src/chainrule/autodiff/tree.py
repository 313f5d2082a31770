"""Nested lists, tuples and dicts of arrays, taken apart and put together again."""

from collections.abc import Callable, Iterator
from typing import Any


def leaves(tree: Any) -> list[Any]:
    """Whatever in `tree` is no list, tuple, dict or None, in order; dicts in the order of their keys."""
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    if isinstance(tree, (list, tuple)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [tree]


def paths(tree: Any, path: str = "") -> list[str]:
    """Where each of the `leaves` is, as Python would write it: ``['encoder'][0]``."""
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [found for key in sorted(tree) for found in paths(tree[key], f"{path}[{key!r}]")]
    if isinstance(tree, (list, tuple)):
        return [found for i, part in enumerate(tree) for found in paths(part, f"{path}[{i}]")]
    return [path]


def replaced(tree: Any, values: Iterator[Any]) -> Any:
    """`tree` with its leaves taken from `values`, in the order of `leaves`."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        filled = {key: replaced(tree[key], values) for key in sorted(tree)}
        return {key: filled[key] for key in tree}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(replaced(part, values) for part in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(replaced(part, values) for part in tree)
    return next(values)


def tree_map(function: Callable, tree: Any, *others: Any) -> Any:
    """Apply a function to each leaf, and to those at the same places of other trees.

    Parameters
    ----------
    function : callable
        Takes one leaf of each tree.
    tree : tree
        Lists, tuples and dicts of leaves; None stays.
    *others : tree
        Trees of the same form.

    Returns
    -------
    tree
        The results, in the form of `tree`.

    Raises
    ------
    ValueError
        If the trees differ in their number of leaves.
    """
    columns = [leaves(tree), *(leaves(other) for other in others)]
    if len({len(column) for column in columns}) > 1:
        raise ValueError(f"tree_map expected trees of one form, but they have {[len(c) for c in columns]} leaves")
    return replaced(tree, map(function, *columns))
