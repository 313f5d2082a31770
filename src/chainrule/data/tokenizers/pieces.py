"""Texts cut into words and signs, with a mark in place of the space before, so that they can be put together again.

Works for every script that Unicode knows: what counts as a letter is asked of its character database.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable
from enum import Enum, auto

__all__ = ["SPACE", "join_pieces", "split_pieces"]

#: Stands for the space before a piece, and begins the first piece of a text or line.
SPACE = "\u2581"

_LONGEST = 64  # a longer piece is cut, so that no line of a file, however odd, takes long


class _Kind(Enum):
    SPACE = auto()
    LINE_END = auto()
    LETTER = auto()
    IDEOGRAPH = auto()
    SIGN = auto()


@functools.cache
def _kind(character: str) -> _Kind:
    if character == "\n":
        return _Kind.LINE_END
    if character.isspace() or character == SPACE:
        return _Kind.SPACE
    category = unicodedata.category(character)
    # Marks are vowels in many scripts, and the invisible formats join or part letters within a word.
    if category[0] not in "LMN" and category != "Cf":
        return _Kind.SIGN
    name = unicodedata.name(character, "")
    return _Kind.IDEOGRAPH if name.startswith("CJK") else _Kind.LETTER


def split_pieces(text: str, ideographs_apart: bool = False) -> list[str]:
    """Cut a text into words, signs and line ends.

    Parameters
    ----------
    text : str
        The text. White space other than line ends counts as one space, and is dropped at the end.
    ideographs_apart : bool
        Whether each Chinese character is a piece of its own.

    Returns
    -------
    list of str
        Pieces, those after a space or at the beginning marked by `SPACE`; none is longer than 64 characters.
    """
    pieces: list[str] = []
    mark, within = SPACE, False
    for character in text:
        kind = _kind(character)
        if kind is _Kind.SPACE:
            mark, within = SPACE, False
        elif kind is _Kind.LINE_END:
            pieces.append("\n")
            mark, within = SPACE, False
        else:
            word = kind is _Kind.LETTER or (kind is _Kind.IDEOGRAPH and not ideographs_apart)
            if word and within and len(pieces[-1]) < _LONGEST:
                pieces[-1] += character
            else:
                pieces.append(mark + character)
            mark, within = "", word
    return pieces


def join_pieces(pieces: Iterable[str]) -> str:
    """Put pieces, or parts of pieces, together again.

    Parameters
    ----------
    pieces : iterable of str
        The pieces.

    Returns
    -------
    str
        The text, with one space where any white space was.
    """
    text = "".join(pieces).replace("\n" + SPACE, "\n").replace(SPACE, " ")
    return text.removeprefix(" ")
