"""What to answer: questions and replies of two chat bots, ChatterBot and A.L.I.C.E."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.data.carriers import PythonPackage
from chainrule.data.pairs import PairDataset
from chainrule.data.published import PublishedFolder
from chainrule.data.tokenizers import BPETokenizer
from chainrule.errors import DataError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "ALICE",
    "CHATTERBOT",
    "find_dialogue",
    "read_alice",
    "read_alice_pairs",
    "read_chatterbot",
    "read_chatterbot_pairs",
    "read_dialogue",
]

CHATTERBOT = PublishedFolder(
    "chatterbot-corpus",
    "english/greetings.yml",
    PythonPackage("chatterbot-corpus", "chatterbot_corpus/data", 'pip install "chainrule[data]"'),
)
ALICE = PublishedFolder(
    "python-aiml",
    "alice/ai.aiml",
    PythonPackage("python-aiml", "aiml/botdata", "pip install --no-deps python-aiml==0.9.3"),
)

_FEWEST_WORDS = 3  # of a question for A.L.I.C.E.: many shorter ones are the middle of a sentence
_WILD = set("*_")  # stand for any words in a pattern


def read_chatterbot(folder: str | PathLike[str] | None = None) -> PairDataset:
    """Read the English conversations of ChatterBot, split by a hash of each question.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the folder ``chatterbot-corpus``.

    Returns
    -------
    PairDataset
        Each utterance with those that followed it.

    Raises
    ------
    DataError
        When the conversations are nowhere to be had, or PyYAML is missing; the message says what to install.
    """
    return PairDataset.from_pairs("chatterbot", read_chatterbot_pairs(folder), tokenizer=BPETokenizer)


def read_alice(folder: str | PathLike[str] | None = None) -> PairDataset:
    """Read the literal questions and replies of A.L.I.C.E., split by a hash of each question.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the folder ``python-aiml``.

    Returns
    -------
    PairDataset
        Questions, in small letters, with their replies.

    Raises
    ------
    DataError
        When the files are nowhere to be had; the message says what to install.
    """
    return PairDataset.from_pairs("alice", read_alice_pairs(folder), tokenizer=BPETokenizer)


def find_dialogue(folder: str | PathLike[str] | None = None) -> Path | None:
    """Look for the files of both chat bots on this machine.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first.

    Returns
    -------
    Path or None
        The folder of ChatterBot, when that of A.L.I.C.E. is there too.
    """
    return CHATTERBOT.find(folder) if ALICE.find(folder) else None


def read_dialogue(folder: str | PathLike[str] | None = None) -> PairDataset:
    """Read the English conversations of both chat bots, split by a hash of each question.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for their folders.

    Returns
    -------
    PairDataset
        Questions with their replies.

    Raises
    ------
    DataError
        When one of them is nowhere to be had; the message says what to install.
    """
    pairs = itertools.chain(read_chatterbot_pairs(folder), read_alice_pairs(folder))
    return PairDataset.from_pairs("dialogue", pairs, tokenizer=BPETokenizer)


def read_chatterbot_pairs(
    folder: str | PathLike[str] | None = None, languages: str = "english"
) -> Iterator[tuple[str, str]]:
    """Read conversations of ChatterBot.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the folder ``chatterbot-corpus``.
    languages : str
        The name of a language's folder, or ``"*"`` for all of them.

    Yields
    ------
    tuple of str
        Two utterances that follow each other.

    Raises
    ------
    DataError
        When the conversations are nowhere to be had, or PyYAML is missing; the message says what to install.
    """
    place = CHATTERBOT.locate(folder)
    try:
        import yaml
    except ImportError:
        raise DataError(
            'ChatterBot\'s conversations need the package PyYAML; run: pip install "chainrule[data]"'
        ) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for file in sorted(place.glob(f"{languages}/*.yml")):
        content: Any = yaml.load(file.read_bytes(), Loader=loader)
        for conversation in content.get("conversations") or ():
            if isinstance(conversation, list):
                yield from itertools.pairwise(" ".join(str(utterance).split()) for utterance in conversation)


def read_alice_pairs(folder: str | PathLike[str] | None = None) -> Iterator[tuple[str, str]]:
    """Read what A.L.I.C.E. answers without a wild card in the question or a command in the reply.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the folder ``python-aiml``.

    Yields
    ------
    tuple of str
        A question of at least three words, in small letters, and its reply.

    Raises
    ------
    DataError
        When the files are nowhere to be had; the message says what to install.
    """
    from xml.etree import ElementTree

    for file in sorted(ALICE.locate(folder).glob("*/*.aiml")):
        try:
            root = ElementTree.parse(file).getroot()
        except ElementTree.ParseError:
            continue  # one of the published files is malformed
        for category in root.iter():
            parts = {part.tag.rpartition("}")[2]: part for part in category}
            pattern, template = _literal(parts.get("pattern")), _literal(parts.get("template"))
            if template and len(pattern.split()) >= _FEWEST_WORDS and not _WILD & set(pattern):
                yield pattern.lower(), template


def _literal(part: Element | None) -> str:
    """The text of an element that holds nothing else, else nothing."""
    return "" if part is None or len(part) else " ".join((part.text or "").split())
