"""Zip archives, from which each member is read as a whole and checked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from chainrule.errors import WeightsError
from chainrule.interop.quoting import shown

T = TypeVar("T")

# What the standard library may raise for an archive that is damaged, encrypted or packed in an unknown way.
_FAULTS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError)


class Archive:
    """A zip archive that is open for reading.

    Parameters
    ----------
    path : Path
        The file.
    compressed : bool, default True
        Whether members may be compressed; a small file may then be endless unpacked.

    Raises
    ------
    WeightsError
        If it is not a whole archive.
    """

    def __init__(self, path: Path, *, compressed: bool = True):
        self.path, self.compressed = path, compressed
        self._zip = self._guarded(lambda: zipfile.ZipFile(path))

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        """The members, in the order of the archive."""
        return self._zip.namelist()

    def read(self, name: str, size: int | None = None) -> bytes:
        """Read a member whose checksum holds, and which has `size` bytes if that is known beforehand."""
        info = self._guarded(lambda: self._zip.getinfo(name))
        if info.compress_type != zipfile.ZIP_STORED and not self.compressed:
            raise WeightsError(
                f"{self.path} was refused: its member {shown(name)} is compressed, as PyTorch's never are"
            )
        if size is not None and info.file_size != size:
            raise WeightsError(
                f"{self.path} is damaged: {shown(name)} should have {size:,} bytes, but has {info.file_size:,}"
            )
        return self._guarded(lambda: self._zip.read(info))

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except KeyError as error:
            raise WeightsError(f"{self.path} is damaged: {shown(error.args[0])}") from None
        except _FAULTS as error:
            raise WeightsError(f"{self.path} is damaged ({shown(error)}): get another copy of it") from None
