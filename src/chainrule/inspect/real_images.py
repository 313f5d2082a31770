"""Real images that are small enough to travel with the package, and larger ones where a machine has them.

The photo is "A cup of coffee" by Rachel Michetti, Pikolo Espresso Bar, who gave it away (CC0 1.0); cut, in grey. The
digits are the test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak (UCI Machine
Learning Repository, 1998, https://doi.org/10.24432/C50P49, CC BY 4.0).
"""

from importlib import resources
from typing import NamedTuple

import numpy as np


class LabelledImages(NamedTuple):
    """Images and what is on them.

    Attributes
    ----------
    source : str
        What they are, for a reader.
    pixels : ndarray of float32, shape (N, 1, H, W)
        From 0 to 1.
    labels : ndarray of int, shape (N,)
        The number of each one's class.
    classes : tuple of str
        Their names.
    held_out : int
        So many at the end are not for learning.
    """

    source: str
    pixels: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    held_out: int


def photo() -> np.ndarray:
    """Read the photo.

    Returns
    -------
    ndarray of uint8, shape (128, 128)
        A cup of coffee, in grey.
    """
    content = (resources.files("chainrule.inspect") / "cup.pgm").read_bytes()
    _, _, size, _, pixels = content.split(b"\n", 4)  # what it is, a remark, width and height, the brightest grey
    columns, rows = map(int, size.split())
    return np.frombuffer(pixels, np.uint8).reshape(rows, columns)


def digits() -> LabelledImages:
    """Read handwritten digits.

    Returns
    -------
    LabelledImages
        1,797 of 8 by 8 pixels.
    """
    with (resources.files("chainrule.inspect") / "digits.npz").open("rb") as file:
        found = np.load(file, allow_pickle=False)
        pixels, labels = found["images"], found["labels"]
    shown = pixels[:, None].astype(np.float32) / 16
    return LabelledImages("handwritten digits", shown, labels.astype(np.int64), tuple("0123456789"), 297)


def clothes() -> LabelledImages | None:
    """Read a part of Fashion-MNIST, if it is on this machine.

    Returns
    -------
    LabelledImages or None
        7,000 photos of 28 by 28 pixels.
    """
    from chainrule.data.sets.images import find_fashion_mnist, read_fashion_mnist  # not at every start

    if find_fashion_mnist() is None:
        return None
    dataset = read_fashion_mnist()
    parts = [dataset.splits[part].take(np.arange(count)) for part, count in (("train", 6000), ("test", 1000))]
    pixels = np.concatenate([part.pixels for part in parts]).astype(np.float32) / 255
    labels = np.concatenate([part.labels for part in parts])
    return LabelledImages("photos of clothes (Fashion-MNIST)", pixels, labels, dataset.classes, 1000)
