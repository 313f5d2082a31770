"""A data set of texts without answers, in parts to learn from and to be scored on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from chainrule.data.splits import InParts, files_of_parts, fingerprint_of, split_rows
from chainrule.data.tables import read_text, read_texts

__all__ = ["TextDataset"]

_HELD_OUT = 0.1  # of a single text, at its end


@dataclass(frozen=True)
class TextDataset(InParts[tuple[str, ...]]):
    """Texts to learn from, to choose a model by and to score it on.

    Attributes
    ----------
    name : str
        For messages: the data set's name or the file's path.
    splits : mapping of str to tuple of str
        The parts by name: ``"train"``, ``"dev"``, ``"test"``.
    notes : tuple of str
        What the user should know of the data, such as what was left out.
    """

    name: str
    splits: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    _content = "texts"
    _advice = "give it more texts, or a folder with train.txt, dev.txt and test.txt"

    @classmethod
    def from_texts(cls, name: str, texts: Iterable[str], dev: float = 0.05, test: float = 0.10) -> TextDataset:
        """Split texts by a hash of each, so that texts added later move none of these.

        Parameters
        ----------
        name : str
            For messages.
        texts : iterable of str
            The texts; one that comes again is dropped.
        dev : float
            The share that goes to development.
        test : float
            The share that goes to testing.

        Returns
        -------
        TextDataset
            A part is empty where the texts are too few to reach it.
        """
        parts = split_rows(dict.fromkeys(texts), dev, test, source=str)
        return cls(name, {part: tuple(found) for part, found in parts.items()})

    @classmethod
    def from_whole(cls, name: str, text: str) -> TextDataset:
        """Split one long text: its last tenth is for development.

        Parameters
        ----------
        name : str
            For messages.
        text : str
            The text.

        Returns
        -------
        TextDataset
            There is no part for testing.
        """
        cut = round(len(text) * (1 - _HELD_OUT))
        return cls(name, {"train": (text[:cut],), "dev": (text[cut:],), "test": ()})

    @classmethod
    def read(cls, path: str | PathLike[str]) -> TextDataset:
        """Read a text file, or a folder with a file for each part.

        Parameters
        ----------
        path : str or path-like
            A file, UTF-8: with empty lines in it, it is one long text; without, each line is a text of its own. Or a
            folder that holds ``train.txt`` and, if wanted, ``dev.txt`` and ``test.txt``, read likewise.

        Returns
        -------
        TextDataset
            The texts.

        Raises
        ------
        DataError
            When a file cannot be read; the message names file and line.
        """
        if Path(path).is_dir():
            files = files_of_parts(path, ".txt")
            return cls(str(path), {part: _texts(file) if file else () for part, file in files.items()})
        texts = _texts(path)
        return cls.from_texts(str(path), texts) if len(texts) > 1 else cls.from_whole(str(path), texts[0])

    def fingerprint(self) -> str:
        """Summarise all content, so that a resumed run can tell whether its data has changed.

        Returns
        -------
        str
            32 hexadecimal digits.
        """
        return fingerprint_of(text for part, texts in self.splits.items() for text in (part, *texts))


def _texts(path: str | PathLike[str]) -> tuple[str, ...]:
    """The lines of a file, or its whole content where there are empty lines in it."""
    whole = read_text(path)
    return (whole,) if "\n\n" in whole else tuple(read_texts(path))
