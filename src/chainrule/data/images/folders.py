"""A folder of pictures: one folder a class, perhaps below folders ``train``, ``dev`` and ``test``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.data.images.dataset import Images
from chainrule.data.images.pictures import SUFFIXES, decode_picture, fit_picture, picture_channels
from chainrule.errors import DataError

__all__ = ["PictureFile", "read_picture_files", "read_picture_folder"]

_PARTS = {"train": "train", "training": "train", "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev"}
_PARTS |= {"test": "test", "testing": "test"}


@dataclass(frozen=True)
class PictureFile:
    """A picture that is still to be read.

    Attributes
    ----------
    path : Path
        The file.
    label : int
        The number of its class.
    part : str
        The part it belongs to.
    name : str
        What it is called in messages.
    """

    path: Path
    label: int
    part: str
    name: str


def read_picture_folder(
    folder: Path, image_size: int | None = None, labelled: bool = True
) -> tuple[dict[str, Images], tuple[str, ...], tuple[str, ...]]:
    """Read pictures from class folders.

    Parameters
    ----------
    folder : Path
        It holds a folder a class, or ``train`` with such folders, and perhaps ``dev`` (or ``val``) and ``test``.
    image_size : int, optional
        Height and width to give them all; by default they must be equal already.
    labelled : bool, default True
        Whether there must be class folders. Otherwise a folder without any holds pictures of one class.

    Returns
    -------
    parts : dict of str to Images
        ``"train"``, and what else there is.
    classes : tuple of str
        The names of the class folders of ``train``, sorted.
    notes : tuple of str
        What was left out and why.

    Raises
    ------
    DataError
        When there are no pictures in class folders, a class has none, or they differ in size.
    """
    folders = {_PARTS[path.name.lower()]: path for path in _subfolders(folder) if path.name.lower() in _PARTS}
    if "train" not in folders:
        folders = {"train": folder}
    classes = tuple(path.name for path in _subfolders(folders["train"]))
    if not classes and not labelled:
        files = [file for part, place in folders.items() for file in _pictures(place, 0, part, folder)]
        parts, notes = read_picture_files(files, str(folder), image_size)
        return parts, ("picture",), notes
    if not classes:
        raise DataError(f"{folder} holds no class folders: put the pictures of each class into a folder of its own")
    files = []
    for part, place in folders.items():
        for path in _subfolders(place):
            if path.name not in classes:
                raise DataError(f"{path}: there is no class {path.name!r} among those of {folders['train']}")
            files += _pictures(path, classes.index(path.name), part, folder)
    parts, notes = read_picture_files(files, str(folder), image_size)
    for label in sorted(set(range(len(classes))) - set(parts["train"].labels.tolist())):
        raise DataError(f"no picture in {folders['train'] / classes[label]} can be read: remove it or replace them")
    return parts, classes, notes


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _pictures(folder: Path, label: int, part: str, root: Path) -> list[PictureFile]:
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
    if not paths:
        raise DataError(f"the folder {folder} holds no picture: put some there, or remove it")
    return [PictureFile(path, label, part, str(path.relative_to(root))) for path in paths]


def read_picture_files(
    files: Sequence[PictureFile], owner: str, image_size: int | None = None
) -> tuple[dict[str, Images], tuple[str, ...]]:
    """Read picture files; those that cannot be read are skipped.

    Parameters
    ----------
    files : sequence of PictureFile
        Which ones.
    owner : str
        Where they are, for messages.
    image_size : int, optional
        Height and width to give them all; by default they must be equal already.

    Returns
    -------
    parts : dict of str to Images
        The pictures of each part, in the given order: grey where all of them are, else all in colour.
    notes : tuple of str
        What was left out and why: one text a file that could not be read, after one that counts them.

    Raises
    ------
    DataError
        When none can be read, or they differ in size.
    """
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # decoders let go of Python's lock
        read = list(threads.map(lambda file: _read(file.path, image_size), files))
    problems = [str(problem) for problem in read if isinstance(problem, DataError)]
    good = [(file, pixels) for file, pixels in zip(files, read, strict=True) if not isinstance(pixels, DataError)]
    if not good:
        raise DataError(f"{owner}: no picture can be read, for instance: {problems[0]}")
    _check_sizes(good, owner)
    notes = tuple([f"{len(problems)} of {len(files)} pictures are left out", *problems] if problems else [])
    channels = max(pixels.shape[-1] for _, pixels in good)
    return {part: _gather(good, part, channels) for part in dict.fromkeys(file.part for file in files)}, notes


def _read(path: Path, image_size: int | None) -> Any:
    """Pixels of shape (H, W, C), or the error that says why there are none."""
    try:
        picture = decode_picture(path)
    except DataError as error:
        return error
    size = None if image_size is None else (image_size, image_size)
    return fit_picture(picture, picture_channels(picture), size)


def _check_sizes(good: Sequence[tuple[PictureFile, np.ndarray]], owner: str) -> None:
    first, pixels = good[0]
    height, width, _ = pixels.shape
    for file, other in good:
        if other.shape[:2] != (height, width):
            raise DataError(
                f"{owner}: the pictures differ in size, {first.name} is {width}x{height} and {file.name} "
                f"{other.shape[1]}x{other.shape[0]}; give --image-size N to make them all N by N"
            )


def _gather(good: Sequence[tuple[PictureFile, np.ndarray]], part: str, channels: int) -> Images:
    chosen = [(file, pixels) for file, pixels in good if file.part == part]
    height, width, _ = good[0][1].shape
    pixels = np.empty((len(chosen), height, width, channels), np.uint8)
    for row, (_, picture) in zip(pixels, chosen, strict=True):
        row[...] = picture  # grey becomes colour by being repeated
    labels = np.array([file.label for file, _ in chosen], np.int64)
    return Images(np.moveaxis(pixels, -1, 1), labels, tuple(file.name for file, _ in chosen))
