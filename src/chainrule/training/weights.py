"""Arrays by name in safetensors files, the only form in which this library writes weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from chainrule.autodiff import Tensor
from chainrule.errors import CheckpointError
from chainrule.training.files import write_whole

__all__ = ["decode_arrays", "encode_arrays", "load_weights", "save_weights"]


def encode_arrays(arrays: Mapping[str, Any]) -> bytes:
    """Encode arrays as safetensors; the same arrays always give the same bytes.

    Parameters
    ----------
    arrays : mapping of str to array
        Arrays of any layout and of either backend, or Tensors.

    Returns
    -------
    bytes
        The content of a ``.safetensors`` file.

    Raises
    ------
    CheckpointError
        When what was encoded does not read back equal.
    """
    # safetensors writes an array's buffer as it lies: a transposed or strided one would come back wrong.
    plain = {name: np.array(_numbers(array), order="C", copy=True) for name, array in arrays.items()}
    data = safetensors.numpy.save(plain)
    again = safetensors.numpy.load(data)
    for name, array in plain.items():
        back = again[name]
        if back.dtype != array.dtype or back.shape != array.shape or back.tobytes() != array.tobytes():
            raise CheckpointError(f"array {name!r} of shape {array.shape} did not read back as it was written")
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
        Writable C-order arrays that share memory with nothing.

    Raises
    ------
    CheckpointError
        When the content is damaged.
    """
    try:
        arrays = safetensors.numpy.load(data)
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(f"{owner} is damaged: {error}") from None
    return {name: np.array(array, order="C", copy=True) for name, array in arrays.items()}


def save_weights(path: Path, arrays: Mapping[str, Any]) -> None:
    """Save arrays by name to a safetensors file, replacing it as a whole.

    Parameters
    ----------
    path : Path
        The file.
    arrays : mapping of str to array
        For instance a module's ``state_dict()``.

    Raises
    ------
    CheckpointError
        When the file cannot be written; an older one is then untouched.
    """
    data = encode_arrays(arrays)
    try:
        write_whole(path, data)
    except OSError as error:
        raise CheckpointError(f"{path} could not be saved: {error.strerror or error}") from error


def load_weights(path: Path) -> dict[str, np.ndarray]:
    """Load arrays by name from a safetensors file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to ndarray
        Writable arrays that share memory with nothing.

    Raises
    ------
    CheckpointError
        When the file is missing or damaged.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing") from None
    return decode_arrays(data, str(path))
