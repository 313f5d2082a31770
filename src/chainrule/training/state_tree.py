"""Taking a nested state apart into arrays by name and the rest as JSON, and putting it together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["join_state", "split_state"]

# JSON knows neither arrays, nor tuples, nor keys that are numbers: those stand behind these names.
_ARRAY, _TUPLE, _PAIRS = "$array", "$tuple", "$pairs"


def split_state(state: Any) -> tuple[Any, dict[str, Any]]:
    """Take a state apart.

    Parameters
    ----------
    state : object
        Dicts, lists and tuples of arrays, Tensors, numbers, texts, booleans and None.

    Returns
    -------
    tree : object
        The state as JSON takes it, with a name in the place of each array.
    arrays : dict of str to array or Tensor
        The arrays by name, as they were.

    Raises
    ------
    TypeError
        When the state holds anything else.
    """
    arrays: dict[str, Any] = {}
    return _split(state, "", arrays), arrays


def _split(value: Any, path: str, arrays: dict[str, Any]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        parts = [(key, _split(part, f"{path}/{key}", arrays)) for key, part in value.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return dict(parts)
        return {_PAIRS: [list(pair) for pair in parts]}
    if isinstance(value, list | tuple):
        items = [_split(part, f"{path}/{index}", arrays) for index, part in enumerate(value)]
        return items if isinstance(value, list) else {_TUPLE: items}
    if hasattr(value, "__array__"):
        name = path.removeprefix("/") or "value"
        arrays[name] = value
        return {_ARRAY: name}
    raise TypeError(f"a state cannot hold a {type(value).__name__} (at {path or 'its top'})")


def join_state(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """Put a state together again.

    Parameters
    ----------
    tree : object
        The first result of `split_state`.
    arrays : mapping of str to ndarray
        The second.

    Returns
    -------
    object
        The state.

    Raises
    ------
    KeyError
        When an array is missing.
    """
    if isinstance(tree, list):
        return [join_state(part, arrays) for part in tree]
    if not isinstance(tree, dict):
        return tree
    if _ARRAY in tree:
        return arrays[tree[_ARRAY]]
    if _TUPLE in tree:
        return tuple(join_state(part, arrays) for part in tree[_TUPLE])
    if _PAIRS in tree:
        return {key: join_state(part, arrays) for key, part in tree[_PAIRS]}
    return {key: join_state(part, arrays) for key, part in tree.items()}
