"""Sheets of pictures with captions, for people to look at."""

from __future__ import annotations

from typing import Any

from chainrule.data.images.pictures import pillow

__all__ = ["blank_sheet", "scaled_to", "write_text"]


def blank_sheet(width: int, height: int) -> Any:
    """Make a white picture.

    Parameters
    ----------
    width, height : int
        Its size in pixels.

    Returns
    -------
    PIL.Image.Image
        Of the mode ``"RGB"``.
    """
    return pillow().Image.new("RGB", (width, height), "white")


def scaled_to(picture: Any, size: int) -> Any:
    """Scale a picture so that its longer side has a length.

    Parameters
    ----------
    picture : PIL.Image.Image
        The picture.
    size : int
        The length in pixels.

    Returns
    -------
    PIL.Image.Image
        The scaled one; each pixel of an enlarged picture stays a square.
    """
    factor = size / max(picture.size)
    methods = pillow().Image.Resampling
    return picture.resize(
        [max(1, round(factor * side)) for side in picture.size], methods.NEAREST if factor > 1 else methods.BICUBIC
    )


def write_text(sheet: Any, place: tuple[int, int], text: str, width: int, colour: str) -> None:
    """Write a line of text, cut off where it is too long.

    Parameters
    ----------
    sheet : PIL.Image.Image
        Where to write.
    place : tuple of int
        Left and top of the line.
    text : str
        What to write.
    width : int
        The most pixels it may take.
    colour : str
        A name that HTML knows.
    """
    tools = pillow()
    font = tools.ImageFont.load_default()
    drawing = tools.ImageDraw.Draw(sheet)
    while text and drawing.textlength(text, font) > width:
        text = text[:-1]
    drawing.text(place, text, colour, font)
