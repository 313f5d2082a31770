"""Writing files so that a kill or a full disk at any moment leaves the old content or the new, never half."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.data.files import replace_file
from chainrule.errors import CheckpointError

__all__ = ["json_bytes", "read_json", "sync_folder", "write_bytes", "write_whole"]


def write_bytes(path: Path, data: bytes) -> None:
    """Write a new file and wait until it is on the disk.

    Parameters
    ----------
    path : Path
        The file.
    data : bytes
        Its content.
    """
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file as a whole: readers see the old content or the new.

    Parameters
    ----------
    path : Path
        The file.
    data : bytes
        Its new content.

    Raises
    ------
    OSError
        When it cannot be written; the old file is then untouched.
    """
    replace_file(path, data)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do that.

    Parameters
    ----------
    path : Path
        The folder.
    """
    if sys.platform == "win32":  # Windows opens no folders
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def json_bytes(value: Any) -> bytes:
    """Encode a value as readable JSON.

    Parameters
    ----------
    value : object
        Dicts, lists, texts, numbers (NumPy's too), booleans and None.

    Returns
    -------
    bytes
        UTF-8, ending in a new line.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=_plain_number)
    return text.encode() + b"\n"


def _plain_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that we wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        Its content.

    Raises
    ------
    CheckpointError
        When it is missing or damaged.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing") from None
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is damaged: {error}") from None
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} is damaged: it must hold an object, got {type(content).__name__}")
    return content
