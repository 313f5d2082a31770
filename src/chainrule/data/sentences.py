"""Cutting a text into sentences, and what is still too long into smaller pieces."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

__all__ = ["pieces", "sentences"]

# A sentence ends behind its sign and the quotes and brackets that close with it, before a space that no small letter
# follows. The full stop of Chinese and Japanese (3002), and their full-width signs (ff..), need no space.
_SENTENCE_ENDS = re.compile(
    r"(?<=[.!?\u2026])[\"')\]\u2019\u201c\u201d\xbb]*\s+(?![a-z\xdf-\xff])|(?<=[\u3002\uff01\uff1f])(?=.)"
)
_COMMAS = re.compile(r"(?<=[,;:\u2013\u2014\u3001\uff0c\uff1a\uff1b])\s*(?=.)")
_SPACES = re.compile(r"\s+")


def sentences(text: str) -> list[str]:
    """Cut a text into sentences by their signs alone.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    list of str
        Its sentences, without the space around them; an abbreviation before a capital letter ends one, too.
    """
    bounds = [0, *(match.end() for match in _SENTENCE_ENDS.finditer(text)), len(text)]
    parts = (text[start:end].strip() for start, end in itertools.pairwise(bounds))
    return [part for part in parts if part]


def pieces(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """Cut a text that is too long into sentences, and halve these until they fit.

    Parameters
    ----------
    text : str
        The text.
    fits : callable
        Tells whether a piece is short enough; one of a single character must be.

    Yields
    ------
    str
        The text itself where it fits, else its pieces, in order.
    """
    if fits(text):
        yield text
        return
    for sentence in sentences(text):
        yield from _halved(sentence, fits)


def _halved(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    if len(text) < 2 or fits(text):
        if text:
            yield text
        return
    cut = _middle(text)
    yield from _halved(text[:cut].strip(), fits)
    yield from _halved(text[cut:].strip(), fits)


def _middle(text: str) -> int:
    """The cut nearest to the middle: behind a comma in the middle half, else at a space, else anywhere."""
    half = len(text) / 2
    for ends in (_COMMAS, _SPACES):
        cuts = [match.end() for match in ends.finditer(text) if half / 2 < match.end() < 3 * half / 2]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - half))
    return len(text) // 2
