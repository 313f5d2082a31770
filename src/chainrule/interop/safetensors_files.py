"""Arrays by name in safetensors files, the only form in which this library writes weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.errors import WeightsError
from chainrule.interop.quoting import shown
from chainrule.interop.torch_tensors import bfloat16_as_float32

__all__ = ["decode_arrays", "encode_arrays", "read_safetensors"]

_DTYPES = {
    "F64": "f8",
    "F32": "f4",
    "F16": "f2",
    "BF16": "u2",
    "I64": "i8",
    "I32": "i4",
    "I16": "i2",
    "I8": "i1",
    "U64": "u8",
    "U32": "u4",
    "U16": "u2",
    "U8": "u1",
    "BOOL": "?",
    "C64": "c8",
}


def encode_arrays(arrays: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> bytes:
    """Encode arrays as safetensors; the same arrays always give the same bytes.

    Parameters
    ----------
    arrays : mapping of str to array
        Arrays of any layout and of either backend, or Tensors.
    metadata : mapping of str to str, optional
        What else the file's header shall say.

    Returns
    -------
    bytes
        The content of a ``.safetensors`` file.

    Raises
    ------
    WeightsError
        When what was encoded does not read back equal.
    """
    import safetensors.numpy

    # safetensors writes an array's buffer as it lies: a transposed or strided one would come back wrong.
    plain = {name: np.array(_numbers(array), order="C", copy=True) for name, array in arrays.items()}
    data = safetensors.numpy.save(plain, None if metadata is None else dict(metadata))
    again = safetensors.numpy.load(data)
    for name, array in plain.items():
        back = again[name]
        if back.dtype != array.dtype or back.shape != array.shape or back.tobytes() != array.tobytes():
            raise WeightsError(f"array {name!r} of shape {array.shape} did not read back as it was written")
    return data


def _numbers(array: Any) -> Any:
    return array.numpy() if isinstance(array, Tensor) else array


def decode_arrays(data: bytes, owner: str) -> dict[str, np.ndarray]:
    """Decode the content of a safetensors file into arrays of their own.

    Parameters
    ----------
    data : bytes
        The content.
    owner : str
        Where it came from, for the message.

    Returns
    -------
    dict of str to ndarray
        Writable C-order arrays that share memory with nothing; bfloat16 comes as float32.

    Raises
    ------
    WeightsError
        When the content is damaged, or of a type that NumPy does not have.
    """
    import safetensors

    try:
        entries = dict(safetensors.deserialize(data))
    except safetensors.SafetensorError as error:
        raise WeightsError(f"{owner} is damaged: {shown(error)}") from None
    del data  # large models fit only once
    return {name: _array(owner, name, entries.pop(name)) for name in sorted(entries)}


def _array(owner: str, name: str, entry: Mapping[str, Any]) -> np.ndarray:
    kind = entry["dtype"]
    if kind not in _DTYPES:
        raise WeightsError(
            f"{owner} holds {shown(name)!r} as {kind}, which NumPy does not have: convert it to float32 first"
        )
    numbers = np.frombuffer(entry["data"], np.dtype(_DTYPES[kind]).newbyteorder("<")).reshape(entry["shape"])
    return bfloat16_as_float32(numbers) if kind == "BF16" else numbers.astype(_DTYPES[kind], order="C")


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Read one safetensors file, as `decode_arrays`."""
    return decode_arrays(path.read_bytes(), str(path))
