"""IDX, the format in which MNIST was published: a few bytes of header, then the numbers; perhaps gzipped."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from chainrule.data.images.arrays import as_images
from chainrule.data.images.dataset import Images
from chainrule.errors import DataError

__all__ = ["find_idx_parts", "is_idx", "parse_idx", "read_idx_images"]

_UNSIGNED_BYTES = 8
_PARTS = {"train": "train", "dev": "dev", "val": "dev", "t10k": "test", "test": "test"}


def is_idx(path: Path) -> bool:
    """Tell by its name whether a file holds images in this format.

    Parameters
    ----------
    path : Path
        The file, for instance ``train-images-idx3-ubyte.gz``.

    Returns
    -------
    bool
        Whether it does.
    """
    return "-images" in path.name and path.name.removesuffix(".gz").endswith("ubyte")


def find_idx_parts(folder: Path) -> dict[str, Path]:
    """Find the files of images in a folder.

    Parameters
    ----------
    folder : Path
        The folder.

    Returns
    -------
    dict of str to Path
        The file of each part, by the names that MNIST gave them; empty where there is none.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        part = _PARTS.get(path.name.partition("-images")[0])
        if part is not None and path.is_file() and is_idx(path):
            found.setdefault(part, path)
    return found


def read_idx_images(path: Path) -> Images:
    """Read a file of images and the file of labels beside it.

    Parameters
    ----------
    path : Path
        The file of images; that of labels has ``labels-idx1`` in its name where this one has ``images-idx3``.

    Returns
    -------
    Images
        Images and labels.

    Raises
    ------
    DataError
        When a file is missing or damaged, or the two do not fit.
    """
    name = path.name.replace("-images", "-labels").replace("idx3", "idx1").replace("idx4", "idx1").removesuffix(".gz")
    beside = [path.with_name(name), path.with_name(f"{name}.gz")]
    labels = next((file for file in beside if file.is_file()), None)
    if labels is None:
        raise DataError(f"{path} has no labels: put {name} beside it")
    return as_images(_read(path), _read(labels), str(path))


def _read(path: Path) -> np.ndarray:
    content = path.read_bytes()
    try:
        return parse_idx(gzip.decompress(content) if path.suffix == ".gz" else content, str(path))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is damaged: {error}") from None


def parse_idx(content: bytes, name: str) -> np.ndarray:
    """Decode the content of an IDX file.

    Parameters
    ----------
    content : bytes
        Two zeros, the type of the numbers (8: unsigned bytes, the only one read here), the number of axes, their
        lengths as big-endian numbers of four bytes, then the numbers.
    name : str
        Where it came from, for messages.

    Returns
    -------
    ndarray of uint8
        The numbers, of the shape in the header.

    Raises
    ------
    DataError
        When the header is another one, or what follows is too long or too short.
    """
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _UNSIGNED_BYTES:
        raise DataError(f"{name} is not an IDX file of unsigned bytes: it must begin with the bytes 0 0 8")
    begin = 4 + 4 * content[3]
    if len(content) < begin:
        raise DataError(f"{name} is damaged: it ends within its header")
    shape = tuple(int(length) for length in np.frombuffer(content[4:begin], ">u4"))
    expected = math.prod(shape)
    if len(content) - begin != expected:
        raise DataError(
            f"{name} is damaged: its header announces the shape {shape}, so {expected:,} bytes, but "
            f"{len(content) - begin:,} follow"
        )
    return np.frombuffer(content, np.uint8, offset=begin).reshape(shape)
