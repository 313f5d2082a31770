"""PyTorch's own files, zip archives and the older ones, read without PyTorch; nothing in them is executed."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import WeightsError
from chainrule.interop.archives import Archive
from chainrule.interop.pickled import Admitted, read_pickle
from chainrule.interop.torch_tensors import NAMES, Storage, TensorRecord, storage_of, view

__all__ = ["OLD_BEGINNING", "read_torch", "read_torch_archive", "read_torch_old"]

_MAGIC, _VERSION = 0x1950A86A20F9469CFC6C, 1001
OLD_BEGINNING = b"\x80\x02\x8a\x0a" + _MAGIC.to_bytes(10, "little") + b"."  # a pickle of the magic number
_DEEPEST = 50


def read_torch(path: Path) -> Any:
    """Read a file that ``torch.save`` wrote, of whichever kind.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    object
        What was saved: read-only arrays in place of tensors, which share memory where the tensors did, in dicts, lists
        and tuples, with texts and numbers. bfloat16 comes as float32.

    Raises
    ------
    WeightsError
        If it is damaged, or is more than tensors and plain data.
    """
    with open(path, "rb") as file:
        old = file.read(len(OLD_BEGINNING)) == OLD_BEGINNING
    return read_torch_old(path) if old else read_torch_archive(path)


def read_torch_archive(path: Path) -> Any:
    """Read a file of PyTorch 1.6 or newer, as `read_torch`: a zip archive of a pickle and a member for each storage."""
    with Archive(path, compressed=False) as archive:
        names = archive.names()
        if any(name.endswith("/constants.pkl") for name in names):
            raise WeightsError(f"{path} is a TorchScript program, not weights: save its state_dict() where it was made")
        root = next((name.removesuffix("data.pkl") for name in names if name.endswith("data.pkl")), None)
        if root is None:
            raise WeightsError(f"{path} is a zip archive, but not one of PyTorch: it has no data.pkl")
        pickle = io.BytesIO(archive.read(f"{root}data.pkl"))
        content = read_pickle(pickle, str(path), NAMES, storage_of)
        order = archive.read(f"{root}byteorder").decode("latin-1") if f"{root}byteorder" in names else "little"

        def read(storage: Storage) -> np.ndarray:
            return storage.array(archive.read(f"{root}data/{storage.key}", storage.nbytes), order)

        return _Resolver(str(path), read).resolve(content)


def read_torch_old(path: Path) -> Any:
    """Read a file of PyTorch before 1.6, as `read_torch`: five pickles, and the storages one after the other."""
    data, owner = path.read_bytes(), str(path)
    file = io.BytesIO(data)
    magic, version, system = (read_pickle(file, owner, {}) for _ in range(3))
    if magic != _MAGIC or version != _VERSION or not isinstance(system, dict):
        raise WeightsError(f"{owner} is not a file of PyTorch that is known here: its version is {version!r:.40}")
    storages: dict[str, Storage] = {}

    def noted(reference: Any) -> Storage:
        storage = storage_of(reference)
        storages.setdefault(storage.key, storage)
        return storage

    content = read_pickle(file, owner, NAMES, noted)
    keys = read_pickle(file, owner, {})
    buffers = _old_buffers(owner, memoryview(data)[file.tell() :], keys, storages)
    order = "little" if system.get("little_endian") is not False else "big"
    return _Resolver(owner, lambda storage: storage.array(buffers[storage.key], order)).resolve(content)


def _old_buffers(owner: str, data: memoryview, keys: Any, storages: Mapping[str, Storage]) -> dict[str, memoryview]:
    """The bytes of each storage; the file has them in the order of `keys`, each after its count in 8 bytes."""
    if not isinstance(keys, list) or set(map(str, keys)) != set(storages):
        raise WeightsError(f"{owner} is damaged: its storages are not those of its tensors")
    buffers, begin = {}, 0
    for key in keys:
        storage = storages[key]
        begin, end = begin + 8, begin + 8 + storage.nbytes
        if int.from_bytes(data[begin - 8 : begin], "little") != storage.count or end > len(data):
            raise WeightsError(f"{owner} is damaged: it ends before its numbers do, or counts them wrongly")
        buffers[key], begin = data[begin:end], end
    return buffers


class _Resolver:
    """Puts arrays in the place of tensor records; each storage is read once."""

    def __init__(self, owner: str, read: Callable[[Storage], np.ndarray]):
        self.owner, self.read = owner, read
        self.storages: dict[Storage, np.ndarray] = {}
        self.containers: dict[int, Any] = {}  # a file may mention one list a million times

    def resolve(self, content: Any, depth: int = 0) -> Any:
        """The same content, with arrays."""
        if isinstance(content, TensorRecord):
            return view(content, self.numbers(content.storage))
        if isinstance(content, Storage):
            return self.numbers(content)
        if not isinstance(content, (dict, list, tuple)):
            return content.name.removeprefix("torch ") if isinstance(content, Admitted) else content
        if depth > _DEEPEST:
            raise WeightsError(f"{self.owner} nests its content more than {_DEEPEST} deep, as no weights do")
        if id(content) not in self.containers:
            if isinstance(content, dict):
                done: Any = {key: self.resolve(value, depth + 1) for key, value in content.items()}
            else:
                done = type(content)(self.resolve(value, depth + 1) for value in content)
            self.containers[id(content)] = done
        return self.containers[id(content)]

    def numbers(self, storage: Storage) -> np.ndarray:
        """What a storage holds."""
        if storage not in self.storages:
            self.storages[storage] = self.read(storage)
        return self.storages[storage]
