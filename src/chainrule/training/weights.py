"""A run's weights: safetensors files that are replaced as a whole, and carry a checksum of their numbers."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import CheckpointError, WeightsError
from chainrule.interop import safetensors_files
from chainrule.interop.safetensors_files import encode_arrays
from chainrule.training.files import write_whole

__all__ = ["decode_arrays", "encode_arrays", "load_weights", "save_weights"]


_CHECKSUM = "crc32"  # its name among what a header says beside names and shapes


def decode_arrays(data: bytes, owner: str) -> dict[str, np.ndarray]:
    """Decode the content of a safetensors file that belongs to a checkpoint.

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
        return safetensors_files.decode_arrays(data, owner)
    except WeightsError as error:
        raise CheckpointError(str(error)) from None


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
    data = _with_checksum(encode_arrays(arrays))
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
        When the file is missing or damaged, which its checksum tells, too, where it has one.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing") from None
    arrays = decode_arrays(data, str(path))
    header, numbers = _parts(data)
    expected = header.get("__metadata__", {}).get(_CHECKSUM)
    if expected not in (None, _checksum(numbers)):
        raise CheckpointError(
            f"{path} is damaged: its numbers are not those that were saved; put another copy there, or train again"
        )
    return arrays


def _with_checksum(data: bytes) -> bytes:
    """The same file, whose header says what its numbers add up to."""
    header, numbers = _parts(data)
    header["__metadata__"] = {_CHECKSUM: _checksum(numbers)}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # numbers begin at a multiple of 8 bytes
    return b"".join([len(text).to_bytes(8, "little"), text, numbers])


def _parts(data: bytes) -> tuple[dict[str, Any], memoryview]:
    """The header of a safetensors file, behind its length, and the numbers."""
    end = 8 + int.from_bytes(data[:8], "little")
    return json.loads(data[8:end]), memoryview(data)[end:]


def _checksum(numbers: memoryview) -> str:
    return f"{zlib.crc32(numbers):08x}"
