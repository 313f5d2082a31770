"""A data set of texts with a number each, in three parts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike

from chainrule.data.sampling import some_rows
from chainrule.data.splits import InParts, fingerprint_of, read_parts, split_rows
from chainrule.data.tables import read_pairs
from chainrule.errors import DataError
from chainrule.random import Generator

__all__ = ["RatedTextDataset", "RatedTexts"]


@dataclass(frozen=True)
class RatedTexts:
    """Texts and their numbers, in step.

    Parameters
    ----------
    texts : tuple of str
        The texts.
    numbers : tuple of float
        One each.
    """

    texts: tuple[str, ...]
    numbers: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def sample(self, count: int, generator: Generator) -> RatedTexts:
        """Draw a few, as if no more had been rated.

        Parameters
        ----------
        count : int
            How many.
        generator : Generator
            Draws them.

        Returns
        -------
        RatedTexts
            That many, in their order; all of them when there are fewer.
        """
        chosen = some_rows(len(self), count, generator)
        return RatedTexts(tuple(self.texts[i] for i in chosen), tuple(self.numbers[i] for i in chosen))


@dataclass(frozen=True)
class RatedTextDataset(InParts[RatedTexts]):
    """Texts to learn numbers from, to choose a model by and to score it on.

    Parameters
    ----------
    name : str
        For messages: the data set's name or the file's path.
    splits : mapping of str to RatedTexts
        The parts by name: ``"train"``, ``"dev"``, ``"test"``.
    notes : tuple of str
        What the user should know of them.
    """

    name: str
    splits: Mapping[str, RatedTexts]
    notes: tuple[str, ...] = ()

    _content = "texts"

    @classmethod
    def from_rows(cls, name: str, rows: Iterable[tuple[str, float]]) -> RatedTextDataset:
        """Split rows by a hash of their text, so that rows added later move none of these.

        Parameters
        ----------
        name : str
            For messages.
        rows : iterable of tuple of str and float
            Text and number, row by row.

        Returns
        -------
        RatedTextDataset
            A part is empty where the rows are too few to reach it.
        """
        return cls._of(name, split_rows(rows))

    @classmethod
    def read(
        cls, path: str | PathLike[str], columns: tuple[int, int] = (0, 1), encoding: str = "utf-8"
    ) -> RatedTextDataset:
        """Read a tab-separated file, split by hash, or a folder with a file for each part.

        Parameters
        ----------
        path : str or path-like
            The file, or a folder that holds ``train.tsv`` and, if wanted, ``dev.tsv`` and ``test.tsv``.
        columns : tuple of int
            Which columns hold text and number, counted from 0.
        encoding : str
            The files' encoding.

        Returns
        -------
        RatedTextDataset
            The texts.

        Raises
        ------
        DataError
            When a file cannot be read, or a number is none; the message names file and line.
        """
        return cls._of(str(path), read_parts(path, lambda file: _rows(file, columns, encoding)))

    @classmethod
    def _of(cls, name: str, parts: Mapping[str, list[tuple[str, float]]]) -> RatedTextDataset:
        splits = {
            part: RatedTexts(tuple(text for text, _ in rows), tuple(number for _, number in rows))
            for part, rows in parts.items()
        }
        return cls(name, splits)

    def fingerprint(self) -> str:
        """Summarise all content, so that a resumed run can tell whether its data has changed.

        Returns
        -------
        str
            32 hexadecimal digits.
        """
        return fingerprint_of(
            f"{part}\t{number!r}\t{text}"
            for part, rows in self.splits.items()
            for text, number in zip(rows.texts, rows.numbers, strict=True)
        )


def _rows(path: str | PathLike[str], columns: tuple[int, int], encoding: str) -> list[tuple[str, float]]:
    rows = read_pairs(path, columns, encoding)
    return [(text, _number(f"{path}, line {line}", column)) for line, (text, column) in enumerate(rows, start=1)]


def _number(place: str, column: str) -> float:
    try:
        number = float(column)
    except ValueError:
        raise DataError(
            f"{place}: expected a number such as 3 or -0.5, got {column[:60]!r}; write it with a decimal point"
        ) from None
    if not math.isfinite(number):
        raise DataError(f"{place}: expected a finite number, got {column!r}; correct or delete the line")
    return number
