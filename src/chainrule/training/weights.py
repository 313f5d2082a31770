"""A run's weights: safetensors files that are replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import CheckpointError, WeightsError
from chainrule.interop import safetensors_files
from chainrule.interop.safetensors_files import encode_arrays
from chainrule.training.files import write_whole

__all__ = ["decode_arrays", "encode_arrays", "load_weights", "save_weights"]


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
