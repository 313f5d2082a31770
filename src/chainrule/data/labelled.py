"""A data set of texts with a label each, in three parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike

import numpy as np

from chainrule.data.sampling import stratified_rows
from chainrule.data.splits import InParts, fingerprint_of, read_parts, split_rows, unseen_answers
from chainrule.data.tables import read_pairs
from chainrule.errors import DataError
from chainrule.random import Generator

__all__ = ["LabelledTextDataset", "LabelledTexts"]


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and the numbers of their labels, in step.

    Parameters
    ----------
    texts : tuple of str
        The texts.
    labels : tuple of int
        For each the place of its label in `LabelledTextDataset.labels`.
    """

    texts: tuple[str, ...]
    labels: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def sample(self, count: int, generator: Generator) -> LabelledTexts:
        """Draw a few, as if no more had been labelled: each label has its share, and at least one text.

        Parameters
        ----------
        count : int
            How many.
        generator : Generator
            Draws them.

        Returns
        -------
        LabelledTexts
            That many, in the order drawn; all of them when there are fewer.

        Raises
        ------
        DataError
            When there are more labels than `count`.
        """
        chosen = stratified_rows(np.array(self.labels), count, generator, "texts")
        return LabelledTexts(tuple(self.texts[i] for i in chosen), tuple(self.labels[i] for i in chosen))


@dataclass(frozen=True)
class LabelledTextDataset(InParts[LabelledTexts]):
    """Texts to learn labels from, to choose a model by and to score it on.

    Parameters
    ----------
    name : str
        For messages: the data set's name or the file's path.
    labels : tuple of str
        What the labels are called, sorted.
    splits : mapping of str to LabelledTexts
        The parts by name: ``"train"``, ``"dev"``, ``"test"``.
    notes : tuple of str
        What the user should know of them.
    """

    name: str
    labels: tuple[str, ...]
    splits: Mapping[str, LabelledTexts]
    notes: tuple[str, ...] = ()

    _content = "texts"

    @classmethod
    def from_rows(
        cls, name: str, rows: Iterable[tuple[str, str]], dev: float = 0.05, test: float = 0.10
    ) -> LabelledTextDataset:
        """Split rows by a hash of their text, so that rows added later move none of these.

        Parameters
        ----------
        name : str
            For messages.
        rows : iterable of tuple of str
            Text and label, row by row.
        dev : float
            The share of texts that goes to development.
        test : float
            The share that goes to testing.

        Returns
        -------
        LabelledTextDataset
            A part is empty where the rows are too few to reach it.
        """
        return cls._of(name, split_rows(rows, dev, test))

    @classmethod
    def read(
        cls, path: str | PathLike[str], columns: tuple[int, int] = (0, 1), encoding: str = "utf-8"
    ) -> LabelledTextDataset:
        """Read a tab-separated file, split by hash, or a folder with a file for each part.

        Parameters
        ----------
        path : str or path-like
            The file, or a folder that holds ``train.tsv`` and, if wanted, ``dev.tsv`` and ``test.tsv``.
        columns : tuple of int
            Which columns hold text and label, counted from 0.
        encoding : str
            The files' encoding.

        Returns
        -------
        LabelledTextDataset
            The texts.

        Raises
        ------
        DataError
            When a file cannot be read; the message names file and line.
        """
        return cls._of(str(path), read_parts(path, lambda file: read_pairs(file, columns, encoding)))

    @classmethod
    def _of(cls, name: str, parts: Mapping[str, list[tuple[str, str]]]) -> LabelledTextDataset:
        labels = tuple(sorted({label for rows in parts.values() for _, label in rows}))
        if len(labels) < 2:
            raise DataError(f"{name}: expected at least two different labels, got {', '.join(labels) or 'none'}")
        numbers = {label: number for number, label in enumerate(labels)}
        splits = {
            part: LabelledTexts(tuple(text for text, _ in rows), tuple(numbers[label] for _, label in rows))
            for part, rows in parts.items()
        }
        answers = {part: [(label, text, "") for text, label in rows] for part, rows in parts.items()}
        return cls(name, labels, splits, tuple(unseen_answers(answers, "text", "label")))

    def fingerprint(self) -> str:
        """Summarise all content, so that a resumed run can tell whether its data has changed.

        Returns
        -------
        str
            32 hexadecimal digits.
        """
        return fingerprint_of(
            f"{part}\t{self.labels[label]}\t{text}"
            for part, rows in self.splits.items()
            for text, label in zip(rows.texts, rows.labels, strict=True)
        )
