"""Finding and reading published weights, whatever the format of their files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import WeightsError
from chainrule.interop.archives import Archive
from chainrule.interop.hub import fetch
from chainrule.interop.npz_files import read_npz
from chainrule.interop.registry import named_weights
from chainrule.interop.safetensors_files import read_safetensors
from chainrule.interop.sharded import read_json_object, read_sharded
from chainrule.interop.torch_files import OLD_BEGINNING, read_torch_archive, read_torch_old
from chainrule.interop.weights import Weights

__all__ = ["load"]

_HUB_NAME = re.compile(r"[\w-][\w.-]*(/[\w.-]+)?")
_SUFFIXES = (".safetensors", ".json", ".pt", ".pth", ".bin", ".ckpt", ".npz")
# Under which names training scripts put a model's state dict among other things.
_STATES = ("state_dict", "model_state_dict", "model_state", "model")
_FILES = ("model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin")


def load(path_or_name: str | PathLike[str], *, revision: str | None = None) -> Weights:
    """Read published weights.

    Parameters
    ----------
    path_or_name : str or path-like
        A name of `chainrule.interop.registry.NAMED_WEIGHTS`; a file (safetensors, an index of several, PyTorch's of
        either kind, or ``.npz``); a folder with such a file and perhaps a ``config.json``; or the name of a
        repository of the Hugging Face hub, such as ``"bert-base-uncased"``.
    revision : str, optional
        The commit, tag or branch of a hub's repository; by default its newest, or the newest that is on this machine.

    Returns
    -------
    Weights
        The arrays, with their configuration.

    Raises
    ------
    WeightsError
        If they cannot be had, or the file is damaged or asks for a program to be run.
    """
    named = named_weights(str(path_or_name))
    path = named.locate() if named is not None else Path(path_or_name)
    if path.is_dir():
        return _from_folder(path)
    if path.is_file():
        return _from_file(path)
    if path.exists() or path.suffix in _SUFFIXES or not _HUB_NAME.fullmatch(str(path_or_name)):
        raise WeightsError(f"there is no file or folder {str(path_or_name)!r}, and no published weights have that name")
    folder, commit = fetch(str(path_or_name), revision)
    weights = _from_folder(folder)
    return Weights(str(path_or_name), weights.arrays, weights.config, folder, commit, weights.left_out)


def _from_folder(folder: Path) -> Weights:
    for name in _FILES:
        if (folder / name).is_file():
            return _from_file(folder / name)
    rest = [path for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES and path.suffix != ".json"]
    if len(rest) != 1:
        found = ", ".join(path.name for path in rest) or "none"
        raise WeightsError(f"{folder} should hold one file of weights, such as {_FILES[1]}; it has {found}")
    return _from_file(rest[0])


def _from_file(path: Path) -> Weights:
    arrays, left_out = _read(path)
    if not arrays:
        raise WeightsError(f"{path} holds no arrays that have names")
    config = path.parent / "config.json"
    return Weights(str(path), arrays, read_json_object(config) if config.is_file() else {}, path.parent, None, left_out)


def _read(path: Path) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """The model's arrays in a file of any kind, and the names of what else it holds."""
    try:
        return _state_dict(_reader(path)(path))
    except OSError as error:
        raise WeightsError(f"{path} could not be read: {error.strerror or error}") from None


def _reader(path: Path) -> Callable[[Path], Any]:
    """The reader for a file, told by how it begins."""
    if path.name.endswith(".index.json"):
        return lambda index: read_sharded(index, lambda shard: _read(shard)[0])
    with open(path, "rb") as file:
        beginning = file.read(len(OLD_BEGINNING))
    if beginning.startswith(b"PK"):
        with Archive(path) as archive:
            return read_npz if any(name.endswith(".npy") for name in archive.names()) else read_torch_archive
    if beginning == OLD_BEGINNING:
        return read_torch_old
    if beginning[8:9] == b"{" or path.suffix == ".safetensors":
        return read_safetensors
    if beginning.startswith(b"\x80"):
        raise WeightsError(
            f"{path} is a plain pickle, which could run a program: it was refused; save the weights as safetensors"
        )
    raise WeightsError(f"{path} is neither a safetensors, a PyTorch nor an .npz file, or its beginning is damaged")


def _state_dict(content: Any) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """The model's arrays among what a file holds, and the names of the rest."""
    content = content if isinstance(content, dict) else {"": content}
    for key in _STATES:
        if isinstance(content.get(key), dict):
            arrays, rest = _state_dict(content[key])
            return arrays, tuple(str(name) for name in content if name != key) + rest
    arrays = {str(name): value for name, value in content.items() if isinstance(value, np.ndarray)}
    if arrays:
        return arrays, tuple(str(name) for name in content if str(name) not in arrays)
    return dict(_flattened("", content, set())), ()


def _flattened(path: str, content: Any, seen: set[int]) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays anywhere in dicts, lists and tuples, under the path to them; the first where there are several."""
    if isinstance(content, np.ndarray):
        yield path, content
    elif isinstance(content, (dict, list, tuple)) and id(content) not in seen:
        seen.add(id(content))
        for name, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from _flattened(f"{path}.{name}" if path else str(name), value, seen)
