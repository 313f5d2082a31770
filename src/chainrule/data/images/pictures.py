"""Picture files: decoding them with Pillow, and bringing them to one size and to grey or colour."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from chainrule.errors import DataError

__all__ = ["SUFFIXES", "decode_picture", "fit_picture", "picture_channels", "picture_of", "pillow"]

#: Names of files that are taken for pictures.
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"})

_GREY = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "F")


def pillow() -> Any:
    """Import Pillow.

    Returns
    -------
    module
        ``PIL``, with ``Image``, ``ImageDraw``, ``ImageFont`` and ``ImageOps`` loaded.

    Raises
    ------
    DataError
        When it is not installed.
    """
    try:
        import PIL
        from PIL import Image, ImageDraw, ImageFont, ImageOps  # noqa: F401
    except ImportError:
        raise DataError('pictures need Pillow: pip install "chainrule[image]"') from None
    return PIL


def decode_picture(path: str | PathLike[str]) -> Any:
    """Decode a picture file into 8 bits a channel: turned as its camera says, and on white where it is transparent.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    PIL.Image.Image
        Of the mode ``"L"`` where the file is grey, else ``"RGB"``.

    Raises
    ------
    DataError
        When Pillow is not installed, or the file is no picture, damaged, or suspiciously large.
    """
    image = pillow().Image
    try:
        with image.open(path) as file:
            upright = pillow().ImageOps.exif_transpose(file)
            upright.load()
            return _plain(upright)
    except FileNotFoundError:
        raise DataError(f"there is no file {path}; check its name") from None
    except IsADirectoryError:
        raise DataError(f"{path} is a folder; name a picture in it") from None
    except Exception as error:  # decoders meet damaged bytes with every kind of exception
        reason = (
            "no picture in a format that Pillow knows" if isinstance(error, image.UnidentifiedImageError) else error
        )
        raise DataError(f"{path} cannot be read: {reason}") from None


def _plain(picture: Any) -> Any:
    image = pillow().Image
    mode = "L" if picture.mode in _GREY else "RGB"
    if picture.mode.startswith("I"):  # 16 bits a pixel: keep the upper ones
        return image.fromarray((np.clip(np.asarray(picture), 0, 65535) >> 8).astype(np.uint8))
    if picture.has_transparency_data:
        white = image.new("RGBA", picture.size, "white")
        picture = image.alpha_composite(white, picture.convert("RGBA"))
    return picture.convert(mode)


def picture_channels(picture: Any) -> int:
    """Count the channels of a decoded picture.

    Parameters
    ----------
    picture : PIL.Image.Image
        What `decode_picture` returned.

    Returns
    -------
    int
        1 for grey, 3 for colour.
    """
    return 1 if picture.mode == "L" else 3


def picture_of(pixels: np.ndarray) -> Any:
    """Turn pixels into a picture.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, C)
        The pixels, of 1 or 3 channels.

    Returns
    -------
    PIL.Image.Image
        Of the mode ``"L"`` or ``"RGB"``.

    Raises
    ------
    DataError
        When Pillow is not installed.
    """
    return pillow().Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))


def fit_picture(picture: Any, channels: int, size: tuple[int, int] | None = None) -> np.ndarray:
    """Turn a decoded picture into pixels: scaled so that it fills the size, what stands out cut off on both sides.

    Parameters
    ----------
    picture : PIL.Image.Image
        What `decode_picture` returned.
    channels : int
        1 for grey, 3 for colour.
    size : tuple of int, optional
        Height and width; by default its own.

    Returns
    -------
    ndarray of uint8, shape (H, W, channels)
        The pixels.
    """
    if size is not None and picture.size != size[::-1]:
        picture = pillow().ImageOps.fit(picture, size[::-1], method=pillow().Image.Resampling.BICUBIC)
    pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], channels)
