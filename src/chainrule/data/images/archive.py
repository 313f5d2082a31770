"""NumPy archives of images, under the names that are in use for them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from chainrule.data.images.arrays import as_images
from chainrule.data.images.dataset import Images
from chainrule.errors import DataError

__all__ = ["read_archive"]

# Pixels and labels of each part: Keras's names, those of MedMNIST, plain ones.
_NAMES = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y")),
    "dev": (("x_val", "y_val"), ("val_images", "val_labels"), ("x_dev", "y_dev"), ("dev_images", "dev_labels")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}


def read_archive(path: Path, labelled: bool = True) -> tuple[dict[str, Images], tuple[str, ...]]:
    """Read an ``.npz`` file.

    Parameters
    ----------
    path : Path
        The file, with ``x_train`` and ``y_train``, ``train_images`` and ``train_labels``, or ``images`` and
        ``labels``; perhaps the same for ``val`` and ``test``, and the names of the ``classes``.
    labelled : bool, default True
        Whether labels are needed; images without them are all of class 0.

    Returns
    -------
    parts : dict of str to Images
        ``"train"``, and what else there is.
    classes : tuple of str
        Their names; their numbers, where the file has no names.

    Raises
    ------
    DataError
        When the file is damaged, or lacks images or labels.
    """
    try:
        with path.open("rb") as content, np.load(content, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, EOFError, zipfile.BadZipFile, KeyError, AttributeError, TypeError) as error:
        raise DataError(f"{path} is not a readable .npz file of plain arrays: {error}") from None
    parts = {}
    for part, names in _NAMES.items():
        found = next((pair for pair in names if pair[0] in arrays and (pair[1] in arrays or not labelled)), None)
        if found is not None:
            pixels = arrays[found[0]]
            labels = arrays.get(found[1], np.zeros(len(pixels), np.int64))
            parts[part] = as_images(pixels, labels, f"{path}, {found[0]}")
    if "train" not in parts:
        wanted = "images and labels, or x_train and y_train" if labelled else "images, or x_train"
        raise DataError(f"{path} must hold {wanted}, but it holds {', '.join(arrays) or 'nothing'}")
    return parts, _class_names(arrays, parts)


def _class_names(arrays: dict[str, np.ndarray], parts: dict[str, Images]) -> tuple[str, ...]:
    if "classes" in arrays:
        return tuple(str(name) for name in arrays["classes"].reshape(-1))
    return tuple(str(k) for k in range(1 + max(int(part.labels.max(initial=0)) for part in parts.values())))
