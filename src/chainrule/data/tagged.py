"""A data set of sentences whose words have a tag each, in three parts; reading one from files as CoNLL writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import NamedTuple

from chainrule.data.sampling import some_rows
from chainrule.data.splits import InParts, fingerprint_of, read_parts, unseen_answers
from chainrule.data.tables import read_text
from chainrule.errors import DataError
from chainrule.random import Generator

__all__ = ["Sentence", "TaggedDataset", "TaggedSentences", "read_tagged"]

_DOCUMENT = "-DOCSTART-"  # begins a document in the files of CoNLL 2003; no word


class Sentence(NamedTuple):
    """The words of a sentence with a tag each.

    Parameters
    ----------
    words : tuple of str
        The words and signs.
    tags : tuple of str
        One each.
    place : str
        Where it stands, for messages; empty where nobody could look it up.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    place: str = ""


@dataclass(frozen=True)
class TaggedSentences:
    """Sentences and the numbers of their words' tags, in step.

    Parameters
    ----------
    words : tuple of tuple of str
        For each sentence its words.
    tags : tuple of tuple of int
        For each word the place of its tag in `TaggedDataset.tags`.
    """

    words: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.words)

    def sample(self, count: int, generator: Generator) -> TaggedSentences:
        """Draw a few, as if no more had been tagged.

        Parameters
        ----------
        count : int
            How many.
        generator : Generator
            Draws them.

        Returns
        -------
        TaggedSentences
            That many, in their order; all of them when there are fewer.
        """
        chosen = some_rows(len(self), count, generator)
        return TaggedSentences(tuple(self.words[i] for i in chosen), tuple(self.tags[i] for i in chosen))


@dataclass(frozen=True)
class TaggedDataset(InParts[TaggedSentences]):
    """Sentences to learn tags from, to choose a model by and to score it on.

    Parameters
    ----------
    name : str
        For messages: the data set's name or the file's path.
    tags : tuple of str
        What the tags are called, sorted.
    splits : mapping of str to TaggedSentences
        The parts by name: ``"train"``, ``"dev"``, ``"test"``.
    notes : tuple of str
        What the user should know of them.
    """

    name: str
    tags: tuple[str, ...]
    splits: Mapping[str, TaggedSentences]
    notes: tuple[str, ...] = ()

    _content = "sentences"
    _advice = "add sentences, or give a folder with train.conll, dev.conll and test.conll"

    @classmethod
    def read(
        cls, path: str | PathLike[str], columns: tuple[int, int] = (0, 1), encoding: str = "utf-8"
    ) -> TaggedDataset:
        """Read a file, split by a hash of each sentence, or a folder with a file for each part.

        Parameters
        ----------
        path : str or path-like
            The file, or a folder that holds ``train.conll`` and, if wanted, ``dev.conll`` and ``test.conll``.
        columns : tuple of int
            Which columns hold token and tag, counted from 0.
        encoding : str
            The files' encoding.

        Returns
        -------
        TaggedDataset
            The sentences.

        Raises
        ------
        DataError
            When a file cannot be read; the message names file and line.
        """
        parts = read_parts(
            path, lambda file: read_tagged(file, columns, encoding), ".conll", lambda sentence: " ".join(sentence.words)
        )
        return cls.of_parts(str(path), parts)

    @classmethod
    def of_parts(cls, name: str, parts: Mapping[str, Sequence[Sentence]]) -> TaggedDataset:
        """Number the tags of sentences.

        Parameters
        ----------
        name : str
            For messages.
        parts : mapping of str to sequence of Sentence
            The sentences of ``"train"``, ``"dev"`` and ``"test"``.

        Returns
        -------
        TaggedDataset
            The sentences; a note names the tags that only stand where nothing is learned.

        Raises
        ------
        DataError
            When there are not two different tags.
        """
        tags = tuple(sorted({tag for sentences in parts.values() for _, tags, _ in sentences for tag in tags}))
        if len(tags) < 2:
            raise DataError(f"{name}: expected at least two different tags, got {', '.join(tags) or 'none'}")
        numbers = {tag: number for number, tag in enumerate(tags)}
        splits = {
            part: TaggedSentences(
                tuple(words for words, _, _ in sentences),
                tuple(tuple(numbers[tag] for tag in found) for _, found, _ in sentences),
            )
            for part, sentences in parts.items()
        }
        rows = {
            part: [
                (tag, word, place) for words, tags, place in sentences for word, tag in zip(words, tags, strict=True)
            ]
            for part, sentences in parts.items()
        }
        return cls(name, tags, splits, tuple(unseen_answers(rows, "word", "tag")))

    def fingerprint(self) -> str:
        """Summarise all content, so that a resumed run can tell whether its data has changed.

        Returns
        -------
        str
            32 hexadecimal digits.
        """
        return fingerprint_of(
            f"{part}\n" + "\n".join(f"{word}\t{self.tags[tag]}" for word, tag in zip(words, tags, strict=True))
            for part, sentences in self.splits.items()
            for words, tags in zip(sentences.words, sentences.tags, strict=True)
        )


def read_tagged(
    path: str | PathLike[str], columns: tuple[int, int] = (0, 1), encoding: str = "utf-8"
) -> list[Sentence]:
    """Read a file with a token and its tag a line, and an empty line between two sentences.

    Columns are separated by tabs or, in lines without any, by spaces. Lines that begin with ``-DOCSTART-`` count as
    empty.

    Parameters
    ----------
    path : str or path-like
        The file.
    columns : tuple of int
        Which columns hold token and tag, counted from 0.
    encoding : str
        The file's encoding.

    Returns
    -------
    list of Sentence
        The sentences, none of them empty.

    Raises
    ------
    DataError
        When the file cannot be read, is empty or badly encoded, or when a line has too few columns or an empty one.
        The message names the file and the line.
    """
    sentences: list[Sentence] = []
    rows: list[tuple[str, str]] = []
    first = 0
    for number, line in enumerate([*read_text(path, encoding).split("\n"), ""], start=1):
        if line.strip() and not line.startswith(_DOCUMENT):
            first = first if rows else number
            rows.append(_token_and_tag(f"{path}, line {number}", line, columns))
        elif rows:
            words, tags = zip(*rows, strict=True)
            sentences.append(Sentence(words, tags, f"{path}, from line {first} on"))
            rows = []
    if not sentences:
        raise DataError(f"{path} holds no sentence; it must have a token and its tag a line")
    return sentences


def _token_and_tag(place: str, line: str, columns: tuple[int, int]) -> tuple[str, str]:
    fields = [field.strip() for field in line.split("\t")] if "\t" in line else line.split()
    if len(fields) <= max(columns):
        raise DataError(
            f"{place}: expected {max(columns) + 1} columns, a token and its tag among them, found {len(fields)} in "
            f"{line[:60]!r}; separate them by a tab or a space"
        )
    token, tag = (fields[column] for column in columns)
    if not (token and tag):
        raise DataError(f"{place}: column {columns[1 if token else 0] + 1} is empty in {line[:60]!r}; fill it in")
    return token, tag
