"""Bringing a whole data set of images to another size."""

from __future__ import annotations

import dataclasses

import numpy as np

from chainrule.data.images.dataset import ImageDataset, Images
from chainrule.data.images.pictures import fit_picture, picture_of

__all__ = ["resized"]


def resized(dataset: ImageDataset, size: int) -> ImageDataset:
    """Give all images a height and width.

    Parameters
    ----------
    dataset : ImageDataset
        The images.
    size : int
        Height and width.

    Returns
    -------
    ImageDataset
        The same where they have that size already.
    """
    if dataset.shape[1:] == (size, size):
        return dataset
    return dataclasses.replace(
        dataset, splits={part: _resized(images, size) for part, images in dataset.splits.items()}
    )


def _resized(images: Images, size: int) -> Images:
    pixels = np.empty((len(images), size, size, images.shape[0]), np.uint8)
    for row, image in zip(pixels, np.moveaxis(images.pixels, 1, -1), strict=True):
        row[...] = fit_picture(picture_of(image), images.shape[0], (size, size))
    return dataclasses.replace(images, pixels=np.moveaxis(pixels, -1, 1))
