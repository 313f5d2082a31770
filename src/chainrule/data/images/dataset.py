"""A data set of images: pixels and classes, in three parts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.data.splits import SPLITS, InParts, split_of
from chainrule.errors import DataError

__all__ = ["ImageDataset", "Images", "Statistics", "border_means"]

_AT_ONCE = 4096  # images looked at together, so that memory stays at some megabytes


@dataclass(frozen=True, eq=False)
class Images:
    """Images of one size and their classes, in step.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (N, C, H, W)
        The images; in memory the channels lie side by side, so this is a view of an array (N, H, W, C).
    labels : ndarray of int64, shape (N,)
        The number of each one's class.
    names : tuple of str
        Where each one came from, for instance its file; empty where images have no names.
    """

    pixels: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        return self.pixels.shape[1:]

    def take(self, rows: np.ndarray) -> Images:
        """Copy some images.

        Parameters
        ----------
        rows : ndarray of int, shape (M,)
            Which ones.

        Returns
        -------
        Images
            M images, in this order.
        """
        inside = np.moveaxis(self.pixels, 1, -1)[rows]  # (M, H, W, C), so that memory keeps that order
        names = tuple(self.names[row] for row in rows) if self.names else ()
        return Images(np.moveaxis(inside, -1, 1), self.labels[rows], names)

    def spread(self, count: int) -> Images:
        """Copy some images from everywhere.

        Parameters
        ----------
        count : int
            How many at most.

        Returns
        -------
        Images
            So many, evenly spread over all.
        """
        return self.take(np.linspace(0, len(self) - 1, min(count, len(self))).astype(int))


@dataclass(frozen=True)
class Statistics:
    """What is typical of the images that a model learns from; it goes with the model.

    Attributes
    ----------
    mean, std : tuple of float, length C
        Of each channel, for pixels from 0 to 1.
    border : tuple of float, length C
        The mean of the outermost pixels, from 0 to 1: near 0 where things stand on a black ground.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    border: tuple[float, ...]

    @classmethod
    def of(cls, images: Images) -> Statistics:
        """Measure some images.

        Parameters
        ----------
        images : Images
            At least one.

        Returns
        -------
        Statistics
            Mean and standard deviation of each channel, and the mean of the border.
        """
        levels = np.arange(256) / 255
        counts = np.array([_histogram(images.pixels[:, channel]) for channel in range(images.shape[0])])
        share = counts / counts.sum(axis=1, keepdims=True)  # (C, 256)
        mean = share @ levels
        std = np.sqrt(np.maximum(share @ levels**2 - mean**2, 0))
        return cls(tuple(mean.tolist()), tuple(std.tolist()), tuple((border_means(images.pixels) / 255).tolist()))


def border_means(pixels: np.ndarray) -> np.ndarray:
    """Average the outermost pixels of images.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (N, C, H, W)
        The images.

    Returns
    -------
    ndarray of float64, shape (C,)
        The mean of each channel.
    """
    return (pixels[:, :, [0, -1]].mean(axis=(0, 2, 3)) + pixels[..., [0, -1]].mean(axis=(0, 2, 3))) / 2


def _histogram(pixels: np.ndarray) -> np.ndarray:
    counts = np.zeros(256, np.int64)
    for start in range(0, len(pixels), _AT_ONCE):
        counts += np.bincount(pixels[start : start + _AT_ONCE].reshape(-1), minlength=256)
    return counts


@dataclass(frozen=True)
class ImageDataset(InParts[Images]):
    """Images to train on, to choose a model by and to score it on.

    Parameters
    ----------
    name : str
        For messages: the data set's name, or a path.
    splits : mapping of str to Images
        The parts by name: ``"train"``, ``"dev"``, and ``"test"`` where there is one.
    classes : tuple of str
        The name of each class.
    mirrored : bool
        Whether an image's mirror image shows the same class.
    notes : tuple of str
        What the user should know of the data, such as files that could not be read.
    """

    name: str
    splits: Mapping[str, Images]
    classes: tuple[str, ...]
    mirrored: bool = True
    notes: tuple[str, ...] = ()

    _content = "images"
    _advice = "add images, or give them folders train, dev and test"

    @classmethod
    def from_parts(
        cls,
        name: str,
        parts: Mapping[str, Images],
        classes: Sequence[str],
        *,
        mirrored: bool = True,
        notes: Sequence[str] = (),
        share: float = 0.1,
        groups: Sequence[str] = (),
        labelled: bool = True,
    ) -> ImageDataset:
        """Take given parts and hold out of the training part what is missing, by a hash of each image.

        Images added later move none of the others, and equal images stay together.

        Parameters
        ----------
        name : str
            For messages.
        parts : mapping of str to Images
            ``"train"`` and perhaps ``"dev"`` and ``"test"``. Where only the first is given, both others are held out.
        classes : sequence of str
            The name of each class.
        mirrored : bool, default True
            As above.
        notes : sequence of str
            As above.
        share : float, default 0.1
            Of the training images, for each part that is held out.
        groups : sequence of str
            For each training image what is hashed instead of its pixels, so that images of one group stay together.
        labelled : bool, default True
            Whether classes matter, so that there must be two at least.

        Returns
        -------
        ImageDataset
            The data set.

        Raises
        ------
        DataError
            When there is nothing to train on, only one class, or the images of two parts differ in shape.
        """
        train = parts["train"]
        _check(name, parts, classes, fewest=2 if labelled else 1)
        if "dev" not in parts:
            keys = groups or [row.tobytes() for row in np.moveaxis(train.pixels, 1, -1)]
            test = 0.0 if "test" in parts else share
            chosen = np.array([SPLITS.index(split_of(key, share, test)) for key in keys])
            held = {part: train.take(np.flatnonzero(chosen == k)) for k, part in enumerate(SPLITS)}
            parts = held | {part: images for part, images in parts.items() if part != "train"}
        return cls(name, parts, tuple(classes), mirrored, tuple(notes))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of every image."""
        return self.splits["train"].shape

    def fingerprint(self) -> str:
        """Summarise all content, so that a resumed run can tell whether its data has changed.

        Returns
        -------
        str
            32 hexadecimal digits.
        """
        digest = hashlib.blake2b("\n".join(self.classes).encode(), digest_size=16)
        for part, images in self.splits.items():
            digest.update(f"{part} {images.pixels.shape}".encode())
            digest.update(np.ascontiguousarray(np.moveaxis(images.pixels, 1, -1)).data)
            digest.update(images.labels.astype("<i8").data)
        return digest.hexdigest()


def _check(name: str, parts: Mapping[str, Images], classes: Sequence[str], fewest: int) -> None:
    train = parts["train"]
    present = np.unique(train.labels)
    if len(present) < fewest:
        only = f"only the class {classes[present[0]]!r}" if len(present) else "no image"
        needed = "; at least two classes are needed" if fewest > 1 else ""
        raise DataError(f"{name} has {only} to train on{needed}")
    for part, images in parts.items():
        if images.shape != train.shape:
            raise DataError(
                f"{name}: the images of {part} have the shape {images.shape}, those of train {train.shape} (channels, "
                f"height, width); give --image-size N to make them equal"
            )
        if images.labels.size and not 0 <= images.labels.min() <= images.labels.max() < len(classes):
            raise DataError(
                f"{name}: the labels of {part} reach from {images.labels.min()} to {images.labels.max()}, but with "
                f"{len(classes)} classes they must lie from 0 to {len(classes) - 1}"
            )
