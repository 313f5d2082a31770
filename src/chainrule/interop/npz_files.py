"""NumPy's ``.npz`` archives."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from chainrule.errors import WeightsError
from chainrule.interop.archives import Archive
from chainrule.interop.quoting import shown

__all__ = ["read_npz"]


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz`` file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to ndarray
        The arrays by name; writable, and sharing memory with nothing.

    Raises
    ------
    WeightsError
        If it is damaged, or holds Python objects, which are pickles and never read.
    """
    with Archive(path) as archive:
        members = [name for name in archive.names() if name.endswith(".npy")]
        return {name.removesuffix(".npy"): _array(path, name, archive.read(name)) for name in members}


def _array(path: Path, name: str, content: bytes) -> np.ndarray:
    file = io.BytesIO(content)  # the checksum held, so that what is wrong now was written wrongly
    try:
        return np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, MemoryError) as error:
        raise WeightsError(f"{path} holds {shown(name)!r}, which cannot be read as numbers: {shown(error)}") from None
