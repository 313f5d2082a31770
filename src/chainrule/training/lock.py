"""One process at a time in a run folder."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from chainrule.errors import CheckpointError

__all__ = ["locked", "locked_when_made"]

_NAME = ".lock"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a folder for this process; the system lets it go even when the process is killed.

    Parameters
    ----------
    path : Path
        The folder.

    Yields
    ------
    None
        Within the block the folder is held.

    Raises
    ------
    CheckpointError
        When another process holds it.
    """
    file = path / _NAME
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            _take(handle)
        except OSError:
            raise CheckpointError(f"{path} is in use by another process: wait for it or end it first") from None
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked_when_made(path: Path) -> Iterator[None]:
    """Make a folder and hold it; one that was made for nothing is taken away again.

    Parameters
    ----------
    path : Path
        The folder; it may be there.

    Yields
    ------
    None
        Within the block the folder is held.

    Raises
    ------
    CheckpointError
        When another process holds it.
    """
    is_new, is_ours = not path.exists(), False
    path.mkdir(parents=True, exist_ok=True)
    try:
        with locked(path):
            is_ours = True
            yield
    finally:
        if is_new and is_ours and [file.name for file in path.iterdir()] == [_NAME]:
            (path / _NAME).unlink()
            path.rmdir()


def _take(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
