"""Writing small images in every form that can be read."""

import gzip

import numpy as np
from PIL import Image


def pixels(count, size=8, channels=1, seed=0):
    """Noise, (N, H, W, C)."""
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, channels), dtype=np.uint8)


def write_picture(path, size=8, mode="L", seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8))
    noise.convert(mode).save(path)
    return path


def write_folder(folder, classes=("cat", "dog"), each=30, size=8, mode="L"):
    """A folder of pictures for each class; no two are the same."""
    for number, name in enumerate(classes):
        for k in range(each):
            write_picture(folder / name / f"{k}.png", size, mode, seed=1000 * number + k)
    return folder


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


def write_idx(path, array):
    content = idx(array)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
