"""What PyTorch's pickles say of tensors: storages, and windows into them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.interop.pickled import Admitted

__all__ = ["NAMES", "Storage", "TensorRecord", "bfloat16_as_float32", "storage_of", "view"]

# bfloat16 has no NumPy type: its bits are read as whole numbers.
_DTYPES = {
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "HalfStorage": "f2",
    "BFloat16Storage": "u2",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
    "ComplexFloatStorage": "c8",
    "ComplexDoubleStorage": "c16",
}
_MENTIONED = (
    *(f"torch {dtype}" for dtype in ("float32", "float64", "float16", "bfloat16", "int64", "int32", "bool")),
    *(f"torch {storage}" for storage in _DTYPES),
)
_LARGEST_EXPANSION = 1 << 24  # numbers in a tensor that repeats its storage


@dataclass(frozen=True)
class Storage:
    """A buffer that tensors share.

    Parameters
    ----------
    key : str
        Under which name the file keeps its bytes.
    kind : str
        PyTorch's name of its type, such as ``FloatStorage``.
    count : int
        How many numbers the buffer has.
    begin, end : int
        Which of them belong to this storage; older files know storages within storages.
    """

    key: str
    kind: str
    count: int
    begin: int
    end: int

    @property
    def dtype(self) -> np.dtype:
        """The type of its numbers in the file."""
        return np.dtype(_DTYPES[self.kind])

    @property
    def nbytes(self) -> int:
        """The bytes of the buffer."""
        return self.count * self.dtype.itemsize

    def array(self, data: bytes | memoryview, order: str) -> np.ndarray:
        """Give its numbers, shape (end - begin,), from the buffer's bytes in "little" or "big" order."""
        numbers = np.frombuffer(data, self.dtype.newbyteorder("<" if order == "little" else ">"))
        numbers = numbers.astype(self.dtype, copy=False)[self.begin : self.end]
        return bfloat16_as_float32(numbers) if self.kind == "BFloat16Storage" else numbers


@dataclass(frozen=True)
class TensorRecord:
    """A tensor of a file, before its numbers are read.

    Parameters
    ----------
    storage : Storage
        Where they lie.
    offset : int
        The place of the first, in numbers.
    shape, strides : tuple of int
        The tensor's, in numbers.
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def bfloat16_as_float32(bits: np.ndarray) -> np.ndarray:
    """Return the float32 numbers, equal ones, whose upper halves are `bits` (uint16)."""
    numbers = np.empty(bits.shape, np.float32)
    np.left_shift(bits, np.uint32(16), out=numbers.view(np.uint32), dtype=np.uint32)
    return numbers


def storage_of(reference: Any) -> Storage:
    """Understand a pickle's reference to a storage.

    Parameters
    ----------
    reference : tuple
        ``("storage", type, key, device, count)``, in older files with a part of it: ``(key, begin, count)`` or None.

    Returns
    -------
    Storage
        What it says.

    Raises
    ------
    ValueError
        If it says something else.
    """
    kind, storage_type, key, _device, count, *part = reference
    name = storage_type.name.removeprefix("torch ") if isinstance(storage_type, Admitted) else ""
    if kind != "storage" or name not in _DTYPES or not isinstance(key, str) or not _are_counts(count):
        raise ValueError("a reference that is not one to a storage")
    begin, length = (0, count) if not part or part[0] is None else part[0][1:]
    if not _are_counts(begin, length) or begin + length > count:
        raise ValueError("a part that is larger than its storage")
    return Storage(key, name, count, begin, begin + length)


def view(record: TensorRecord, numbers: np.ndarray) -> np.ndarray:
    """Look at a storage as a tensor does.

    Parameters
    ----------
    record : TensorRecord
        The tensor.
    numbers : ndarray, shape (n,)
        Its storage's.

    Returns
    -------
    ndarray
        A read-only view of the tensor's shape.
    """
    strides = tuple(stride * numbers.itemsize for stride in record.strides)
    return np.lib.stride_tricks.as_strided(numbers[record.offset :], record.shape, strides, writeable=False)


def _rebuild_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> TensorRecord:
    if not isinstance(storage, Storage) or not isinstance(shape, tuple) or not isinstance(strides, tuple):
        raise ValueError("a tensor without a storage")
    if len(shape) != len(strides) or len(shape) > 32 or not _are_counts(offset, *shape, *strides):
        raise ValueError("a tensor whose shape and strides do not fit together")
    numbers, held = math.prod(shape), storage.end - storage.begin
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides)) if numbers else 0
    if (numbers and last >= held) or numbers > max(held, _LARGEST_EXPANSION):
        raise ValueError(f"a tensor of shape {shape} that reaches beyond its storage of {held} numbers")
    return TensorRecord(storage, offset if numbers else 0, shape, strides)


def _rebuild_parameter(data: Any, *_: Any) -> TensorRecord:
    if not isinstance(data, TensorRecord):
        raise ValueError("a parameter without a tensor")
    return data


def _ordered_dict(items: Any = ()) -> dict:
    if items:
        raise ValueError("an ordered dict made of something")
    return {}


def _size(numbers: Any) -> tuple:
    return tuple(numbers)


def _device(kind: Any = "cpu", *_: Any) -> str:
    return str(kind) if isinstance(kind, str) else "cpu"


def _are_counts(*numbers: Any) -> bool:
    return all(type(number) is int and 0 <= number < 1 << 62 for number in numbers)


NAMES: Mapping[str, Admitted] = {
    admitted.name: admitted
    for admitted in (
        Admitted("collections OrderedDict", _ordered_dict),
        Admitted("torch._utils _rebuild_tensor", _rebuild_tensor),
        Admitted("torch._utils _rebuild_tensor_v2", _rebuild_tensor),
        Admitted("torch._utils _rebuild_parameter", _rebuild_parameter),
        Admitted("torch Size", _size),
        Admitted("torch device", _device),
        *(Admitted(name) for name in _MENTIONED),
    )
}
