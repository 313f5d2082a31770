"""Weights that are spread over several files, with an index that says where each array is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import WeightsError
from chainrule.interop.quoting import shown

__all__ = ["read_json_object", "read_sharded"]


def read_sharded(index: Path, read: Callable[[Path], Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Read all files of an index.

    Parameters
    ----------
    index : Path
        The ``.index.json``, which names for each array a file beside it.
    read : callable
        Reads one of these files.

    Returns
    -------
    dict of str to ndarray
        All arrays.

    Raises
    ------
    WeightsError
        When a file is missing or damaged, or lacks what the index promises.
    """
    arrays: dict[str, np.ndarray] = {}
    for file, names in _shards(index).items():
        path = index.parent / file
        if not path.is_file():
            raise WeightsError(f"{path} is missing: {index.name} says that {len(names)} arrays are in it")
        found = read(path)
        if absent := [name for name in names if name not in found]:
            raise WeightsError(f"{path} lacks {absent[0]!r}, which {index.name} says is in it")
        arrays.update((name, found[name]) for name in names)
    return arrays


def _shards(index: Path) -> dict[str, list[str]]:
    """The arrays of each file."""
    weight_map = read_json_object(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise WeightsError(f'{index} is damaged: its "weight_map" does not say where arrays are')
    shards: dict[str, list[str]] = {}
    for name, file in weight_map.items():
        if not isinstance(file, str) or Path(file).name != file:
            raise WeightsError(f"{index} was refused: it looks for {name!r} outside of its own folder, in {file!r}")
        shards.setdefault(file, []).append(name)
    return shards


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object, such as a ``config.json``."""
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path} is damaged: {shown(error)}") from None
    if not isinstance(content, dict):
        raise WeightsError(f"{path} is damaged: it must hold an object, got {type(content).__name__}")
    return content
