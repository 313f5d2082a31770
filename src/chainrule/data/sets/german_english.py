"""Sentences out of the German-English dictionary of TU Chemnitz (Beolingus): about 18,700 pairs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from os import PathLike

from chainrule.data.carriers import DebianPackage
from chainrule.data.pairs import PairDataset
from chainrule.data.published import PublishedFolder
from chainrule.data.tokenizers import BPETokenizer

__all__ = ["GERMAN_ENGLISH", "parse_dictionary", "read_german_english"]

GERMAN_ENGLISH = PublishedFolder("trans-de-en", "de-en", DebianPackage("trans-de-en", "/usr/share/trans"))

# Grammar, subject, explanation, and abbreviations between slashes, which unlike alternatives stand apart.
_REMARKS = re.compile(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|(?<!\S)/[^/]*/(?!\S)")
_ENDS = (".", "!", "?")
_FEWEST_WORDS, _MOST_CHARACTERS = 3, 120


def read_german_english(folder: str | PathLike[str] | None = None) -> PairDataset:
    """Read the sentences, split by a hash.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the file ``de-en``.

    Returns
    -------
    PairDataset
        From German to English.

    Raises
    ------
    DataError
        When the file is nowhere to be had; the message says what to install.
    """
    text = (GERMAN_ENGLISH.locate(folder) / GERMAN_ENGLISH.marker).read_text(encoding="utf-8")
    return PairDataset.from_pairs("trans-de-en", parse_dictionary(text.split("\n")), tokenizer=BPETokenizer)


def parse_dictionary(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Take whole sentences out of the dictionary's own format.

    Parameters
    ----------
    lines : iterable of str
        Lines such as ``Aal {m} | Der Aal ist glatt. :: eel | The eel is slippery.``

    Yields
    ------
    tuple of str
        A German sentence of at least three words and at most 120 characters, and its English translation.
    """
    for line in lines:
        sides = line.split(" :: ")
        if line.startswith("#") or len(sides) != 2:
            continue
        german, english = (side.split("|") for side in sides)
        if len(german) != len(english):
            continue
        for source, target in zip(map(_plain, german), map(_plain, english)):
            if (
                source.endswith(_ENDS)
                and target.endswith(_ENDS)
                and len(source.split()) >= _FEWEST_WORDS
                and len(source) <= _MOST_CHARACTERS
                and not set(";<") & set(source + target)
            ):
                yield source, target


def _plain(entry: str) -> str:
    return " ".join(_REMARKS.sub("", entry).split())
