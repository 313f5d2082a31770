"""Reading modules of the SWORD project: Bibles in many languages, a verse each by its number."""

from __future__ import annotations

import html
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from chainrule.errors import DataError

__all__ = ["read_verses"]

_BLOCK = struct.Struct("<III")  # offset and packed size of a block of text, and its size
_VERSE = struct.Struct("<IIH")  # number of the block, offset in it and length

# Notes and headings are no part of the verse; of all other markup only the tags go.
_ASIDE = re.compile(r"<(note|title)\b[^>]*(?<!/)>.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def read_verses(folder: Path) -> list[str]:
    """Read all verses of a module in the format zText.

    Modules of the same versification have the same number of entries, so that verses of two translations can be paired.

    Parameters
    ----------
    folder : Path
        Holds ``ot.bzs``, ``ot.bzv``, ``ot.bzz`` and the same for ``nt``: blocks, verses and compressed text.

    Returns
    -------
    list of str
        Plain text; empty before the first verse of a chapter, and where a verse is not translated.

    Raises
    ------
    DataError
        When a file is missing or damaged.
    """
    return [_plain(entry) for testament in ("ot", "nt") for entry in _entries(folder, testament)]


def _entries(folder: Path, testament: str) -> Iterator[str]:
    try:
        blocks, verses, text = ((folder / f"{testament}.{kind}").read_bytes() for kind in ("bzs", "bzv", "bzz"))
        opened = [
            zlib.decompress(text[start : start + size]) if size else b""
            for start, size, _ in _BLOCK.iter_unpack(blocks)
        ]
        for block, start, length in _VERSE.iter_unpack(verses):
            yield opened[block][start : start + length].decode()
    except OSError as error:
        raise DataError(f"{error.filename} cannot be read: {error.strerror}") from None
    except (zlib.error, struct.error, IndexError, UnicodeDecodeError) as error:
        raise DataError(f"{folder / testament} is damaged ({error}); install the module again") from None


def _plain(entry: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", _ASIDE.sub("", entry))).replace("¶", "").split())
