"""Bibles: the same verses in English and Spanish, and a long text in plain modern English."""

from __future__ import annotations

import itertools
from os import PathLike
from pathlib import Path

from chainrule.data.carriers import DebianPackage
from chainrule.data.pairs import PairDataset
from chainrule.data.published import PublishedFolder
from chainrule.data.sets.sword import read_verses
from chainrule.data.texts import TextDataset
from chainrule.data.tokenizers import BPETokenizer

__all__ = [
    "KING_JAMES",
    "REINA_VALERA",
    "WORLD_ENGLISH",
    "find_english_spanish",
    "read_english_spanish",
    "read_world_english",
]


def _module(name: str, package: str) -> PublishedFolder:
    return PublishedFolder(name, "ot.bzv", DebianPackage(package, f"/usr/share/sword/modules/texts/ztext/{name}"))


KING_JAMES = _module("engKJV2006eb", "sword-text-kjv")
REINA_VALERA = _module("spaRV1909eb", "sword-text-sparv")
WORLD_ENGLISH = _module("engWEB2015eb", "sword-text-web")


def find_english_spanish(folder: str | PathLike[str] | None = None) -> Path | None:
    """Look for both Bibles on this machine.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first.

    Returns
    -------
    Path or None
        The folder of the Spanish one, when the English one is there too.
    """
    return REINA_VALERA.find(folder) if KING_JAMES.find(folder) else None


def read_english_spanish(folder: str | PathLike[str] | None = None) -> PairDataset:
    """Read the verses of the King James Version and of the Reina-Valera of 1909, split by a hash.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the folders ``engKJV2006eb`` and ``spaRV1909eb``.

    Returns
    -------
    PairDataset
        From English to Spanish.

    Raises
    ------
    DataError
        When a Bible is nowhere to be had; the message says what to install.
    """
    english, spanish = (read_verses(module.locate(folder)) for module in (KING_JAMES, REINA_VALERA))
    pairs = [pair for pair in zip(english, spanish, strict=True) if all(pair)]
    return PairDataset.from_pairs("verses-en-es", pairs, tokenizer=BPETokenizer)


def read_world_english(folder: str | PathLike[str] | None = None) -> TextDataset:
    """Read the World English Bible, split by a hash of each chapter.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the folder ``engWEB2015eb``.

    Returns
    -------
    TextDataset
        Chapters, a verse a line.

    Raises
    ------
    DataError
        When the Bible is nowhere to be had; the message says what to install.
    """
    verses = read_verses(WORLD_ENGLISH.locate(folder))
    chapters = ["\n".join(chapter) for filled, chapter in itertools.groupby(verses, key=bool) if filled]
    return TextDataset.from_texts("web-bible", chapters)
