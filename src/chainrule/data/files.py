"""The user's cache folder, and writing a file as a whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from chainrule.folders import user_cache

__all__ = ["data_cache", "replace_file"]


def data_cache() -> Path:
    """Return the folder where downloaded data is kept.

    Returns
    -------
    Path
        ``chainrule/data`` in the user's cache folder, by the custom of the system. It may not exist yet.
    """
    try:
        return user_cache() / "data"
    except RuntimeError:  # a container's user need not have a home
        return Path(tempfile.gettempdir()) / "chainrule" / "data"


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a kill at any moment, meets the old content or the new.

    Parameters
    ----------
    path : Path
        The file; its folder must exist.
    content : bytes
        What it shall hold.

    Raises
    ------
    OSError
        When it cannot be written; an old file is then untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
