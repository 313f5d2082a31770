"""Published files: recognised by their checksum, looked for on this machine, downloaded when missing."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import zlib
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from chainrule.data.carriers import Carrier
from chainrule.data.files import data_cache, replace_file
from chainrule.errors import DataError

__all__ = ["PublishedFile", "PublishedFolder"]

_TIMEOUT = 20  # seconds without a byte
_BLOCK = 1 << 16  # bytes between two moves of the progress bar


@dataclass(frozen=True)
class PublishedFile:
    """One file of a data set, and where it may be: as it is, or gzipped and then called ``name.gz``.

    Parameters
    ----------
    name : str
        The file's name in a user's folder and in the cache.
    size : int
        Its length in bytes, unpacked.
    sha256 : str
        Its checksum, unpacked; another version of the file would give scores that cannot be compared.
    url : str
        The data set's public address.
    carrier : Carrier, optional
        A package that carries the file.
    folder : str
        The folder in the cache, for files with a name that other data sets use too.
    """

    name: str
    size: int
    sha256: str
    url: str
    carrier: Carrier | None = None
    folder: str = ""

    def find(self, folder: str | PathLike[str] | None = None) -> Path | None:
        """Look for the file on this machine.

        Parameters
        ----------
        folder : str or path-like, optional
            Where to look first; the user's cache folder and the installed package follow.

        Returns
        -------
        Path or None
            The first intact copy.
        """
        for path in self._places(folder):
            with contextlib.suppress(OSError):
                if self._is_intact(_unpacked(path.read_bytes(), path.name)):
                    return path
        return None

    def read(self, folder: str | PathLike[str] | None = None) -> bytes:
        """Read the file from this machine, or download it and keep it in the cache folder.

        Parameters
        ----------
        folder : str or path-like, optional
            Where to look first.

        Returns
        -------
        bytes
            The content, checked.

        Raises
        ------
        DataError
            When `folder` holds another version of the file, or when no place has it.
        """
        for path in self._places(folder):
            with contextlib.suppress(OSError):
                content = _unpacked(path.read_bytes(), path.name)
                if self._is_intact(content):
                    return content
                if folder is not None and path.parent == Path(folder):
                    raise DataError(
                        f"{path} is not the published {self.name}: expected sha256 {self.sha256[:16]}..., got "
                        f"{hashlib.sha256(content).hexdigest()[:16]}...; remove it or replace it by {self.url}"
                    )
        try:
            content = self._download()
        except OSError as error:
            raise DataError(
                f"{self.name} was not found on this machine and could not be downloaded from {self.url} ({error}); "
                f"{'' if self.carrier is None else f'run: {self.carrier.advice}, or '}put the file into {self._cache}"
            ) from None
        with contextlib.suppress(OSError):  # a read-only home: the data is used, though not kept
            self._cache.mkdir(parents=True, exist_ok=True)
            replace_file(self._cache / self.name, content)
        return content

    @property
    def _cache(self) -> Path:
        return data_cache() / self.folder

    def _places(self, folder: str | PathLike[str] | None) -> list[Path]:
        folders = ([] if folder is None else [Path(folder)]) + [self._cache]
        places = [place / name for place in folders for name in (self.name, f"{self.name}.gz")]
        carried = None if self.carrier is None else self.carrier.path()
        return places if carried is None else [*places, carried]

    def _is_intact(self, content: bytes) -> bool:
        return len(content) == self.size and hashlib.sha256(content).hexdigest() == self.sha256

    def _download(self) -> bytes:
        import http.client
        import urllib.request

        from tqdm import tqdm

        content = bytearray()
        bar = tqdm(total=self.size, unit="B", unit_scale=True, desc=self.name, leave=False, disable=None)
        try:
            with urllib.request.urlopen(self.url, timeout=_TIMEOUT) as response, bar:
                bar.total = int(response.headers.get("Content-Length") or self.size)
                while len(content) <= self.size and (block := response.read(_BLOCK)):
                    content += block
                    bar.update(len(block))
        except http.client.HTTPException as error:
            raise OSError(f"{type(error).__name__}: {error}") from None
        unpacked = _unpacked(bytes(content), self.url)
        if not self._is_intact(unpacked):
            raise OSError(f"what came, {len(content):,} bytes, is not the published file")
        return unpacked


@dataclass(frozen=True)
class PublishedFolder:
    """A data set of several files, or of one that its carrier renews, and where it may be.

    Parameters
    ----------
    name : str
        The folder's name in a user's folder and in the cache.
    marker : str
        A file in it, by which it is recognised.
    carrier : Carrier
        A package that carries it.
    """

    name: str
    marker: str
    carrier: Carrier

    def find(self, folder: str | PathLike[str] | None = None) -> Path | None:
        """Look for the folder on this machine.

        Parameters
        ----------
        folder : str or path-like, optional
            Where to look first, itself and in it; the user's cache folder and the installed package follow.

        Returns
        -------
        Path or None
            The first that holds the marker.
        """
        places = [] if folder is None else [Path(folder), Path(folder) / self.name]
        places += [data_cache() / self.name, *filter(None, [self.carrier.path()])]
        return next((place for place in places if (place / self.marker).is_file()), None)

    def locate(self, folder: str | PathLike[str] | None = None) -> Path:
        """Find the folder, or say how to get it.

        Parameters
        ----------
        folder : str or path-like, optional
            Where to look first.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        DataError
            When it is nowhere.
        """
        found = self.find(folder)
        if found is None:
            raise DataError(
                f"{self.name} was not found on this machine; run: {self.carrier.advice}, or put the folder with "
                f"{self.marker} at {data_cache() / self.name}"
            )
        return found


def _unpacked(content: bytes, name: str) -> bytes:
    if not name.endswith(".gz"):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error) as error:
        raise OSError(f"{name} is damaged: {error}") from None
