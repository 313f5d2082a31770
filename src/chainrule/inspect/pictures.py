"""Arrays as pictures: PNG inside a page, characters in a terminal."""

import base64
import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from chainrule.inspect.page import Markup, element, svg

_SHADES = " .:-=+*#%@"


def png(pixels: np.ndarray) -> bytes:
    """Encode pixels as a PNG file (ISO/IEC 15948).

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W) or (H, W, 4)
        Grey, or red, green, blue and opacity.

    Returns
    -------
    bytes
        The file.
    """
    height, width = pixels.shape[:2]
    colours = {2: 0, 3: 6}[pixels.ndim]
    rows = np.ascontiguousarray(pixels).reshape(height, -1)
    unfiltered = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(unfiltered.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def grey(values: np.ndarray) -> np.ndarray:
    """Bytes from black for the least value to white for the largest: (H, W)."""
    low, high = float(values.min()), float(values.max())
    return np.rint((values - low) * (255 / max(high - low, 1e-12))).astype(np.uint8)


def signed(values: np.ndarray, most: float | None = None) -> np.ndarray:
    """Blue for what is below zero, orange for what is above, clear in between: bytes (H, W, 4)."""
    most = float(np.abs(values).max()) if most is None else most
    pixels = np.empty((*values.shape, 4), np.uint8)
    pixels[..., :3] = np.where(values[..., None] < 0, (45, 120, 225), (228, 108, 24))
    pixels[..., 3] = np.rint(np.minimum(np.abs(values) * (255 / max(most, 1e-12)), 255))
    return pixels


def picture(pixels: np.ndarray, width: float, label: str, *over: Markup) -> Markup:
    """Pixels as a drawing of this width, with more drawn over it in pixels' units."""
    rows, columns = pixels.shape[:2]
    height = width * rows / columns
    address = "data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii")
    shown = element("image", href=address, width=float(width), height=float(height), class_="pixels")
    frame = element("rect", width=float(width), height=float(height), class_="frame")
    scaled = element("g", *over, transform=f"scale({width / columns:.4f})") if over else Markup()
    return svg(width, height, frame, shown, scaled, label=label)


def shades(values: np.ndarray, columns: int) -> list[str]:
    """Characters from light to dark ground, the largest value the fullest; two characters high are as one wide."""
    rows = max(1, round(columns * values.shape[0] / values.shape[1] / 2))
    small = _averaged(_averaged(values, rows).T, columns).T
    low, high = float(small.min()), float(small.max())
    levels = np.rint((small - low) / max(high - low, 1e-12) * (len(_SHADES) - 1)).astype(int)
    return ["".join(_SHADES[level] for level in row) for row in levels]


def beside(blocks: Sequence[Sequence[str]], gap: int = 3) -> list[str]:
    """Blocks of equally many lines next to each other."""
    return [(" " * gap).join(line).rstrip() for line in zip(*blocks)]


def _averaged(values: np.ndarray, count: int) -> np.ndarray:
    """Means of about equally many rows; rows are repeated where there are too few."""
    edges = np.arange(count + 1) * len(values) / count
    return np.stack([values[int(a) : max(int(b), int(a) + 1)].mean(axis=0) for a, b in pairwise(edges)])
