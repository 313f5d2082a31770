"""Small images to learn from: light bars on black, lying or upright."""

import numpy as np

from chainrule.data.images.dataset import ImageDataset, Images


def bars(count=240, size=12):
    """Pixels (N, H, W) and labels (N,): 0 for lying bars."""
    generator = np.random.default_rng(0)
    images = generator.integers(0, 60, (count, size, size), dtype=np.uint8)
    labels = np.arange(count) % 2
    for image, upright, place in zip(images, labels, generator.integers(1, size - 3, count), strict=True):
        (image.T if upright else image)[place : place + 2, 1:-1] = 255
    return images, labels


def write_bars(folder, count=240, **arrays):
    """An archive of them."""
    images, labels = bars(count)
    np.savez(folder / "bars.npz", images=images, labels=labels, **arrays)
    return folder / "bars.npz"


def bar_dataset(count=240, size=12):
    images, labels = bars(count, size)
    return ImageDataset.from_parts("bars", {"train": Images(images[:, None], labels)}, ("lying", "upright"))
