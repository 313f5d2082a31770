"""Reading a user's own images, in whatever form they come."""

from __future__ import annotations

from pathlib import Path

from chainrule.data.images.archive import read_archive
from chainrule.data.images.dataset import ImageDataset, Images
from chainrule.data.images.folders import read_picture_folder
from chainrule.data.images.idx import find_idx_parts, is_idx, read_idx_images
from chainrule.errors import DataError

__all__ = ["read_images"]


def read_images(path: Path, image_size: int | None = None, labelled: bool = True) -> ImageDataset:
    """Read images by their path.

    Parameters
    ----------
    path : Path
        A folder with a folder of pictures a class, or with IDX files; a file of images in IDX; or an ``.npz`` file.
    image_size : int, optional
        Height and width to give to pictures that are read from files of their own.
    labelled : bool, default True
        Whether classes are needed. Otherwise the folder may hold pictures directly, and the ``.npz`` file images alone.

    Returns
    -------
    ImageDataset
        The images in three parts.

    Raises
    ------
    DataError
        When it is something else, or cannot be read.
    """
    if path.suffix == ".npz":
        parts, classes = read_archive(path, labelled)
        return ImageDataset.from_parts(str(path), parts, classes, labelled=labelled)
    if path.is_file() and is_idx(path):
        return _numbered(path, {"train": read_idx_images(path)}, labelled)
    if not path.is_dir():
        raise DataError(f"{path} must be a folder of class folders, an .npz file, or a file of images in IDX")
    files = find_idx_parts(path)
    if "train" in files:
        return _numbered(path, {part: read_idx_images(file) for part, file in files.items()}, labelled)
    parts, classes, notes = read_picture_folder(path, image_size, labelled)
    return ImageDataset.from_parts(str(path), parts, classes, notes=notes, labelled=labelled)


def _numbered(path: Path, parts: dict[str, Images], labelled: bool) -> ImageDataset:
    count = 1 + max(int(images.labels.max(initial=0)) for images in parts.values())
    return ImageDataset.from_parts(str(path), parts, [str(k) for k in range(count)], labelled=labelled)
