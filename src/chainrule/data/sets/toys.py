"""Toy tasks, made on the spot: a mistake is plain to see, and longer inputs show whether the rule was learned."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np

from chainrule.data.pairs import PairDataset, Pairs
from chainrule.data.tokenizers import CharacterTokenizer
from chainrule.random import Generator

__all__ = ["LETTER_TASKS", "MONTHS", "TOYS", "find_toys", "random_days", "read_dates", "reader_of_letters"]

_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))
_SIZES = {"train": 20_000, "dev": 1_000, "test": 1_000}
_SHORT, _LONGER = (1, 10), (11, 20)  # letters
_SPARE = 1.5  # of random strings, some are the same
_FIRST_DAY, _DAYS = datetime.date(1900, 1, 1), 73_000

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

#: What becomes of the letters of a string.
LETTER_TASKS: dict[str, Callable[[str], str]] = {
    "toy-copy": lambda letters: letters,
    "toy-reverse": lambda letters: letters[::-1],
    "toy-sort": lambda letters: "".join(sorted(letters)),
}

#: How a date may be written.
_DATES: tuple[Callable[[datetime.date], str], ...] = (
    lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}",
    lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
    lambda day: f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}",
    lambda day: f"{day.day}.{day.month}.{day.year}",
)


def find_toys(folder: str | PathLike[str] | None = None) -> Path:
    """Return what makes the toy tasks: this file."""
    return Path(__file__)


def reader_of_letters(name: str) -> Callable[..., PairDataset]:
    """Say how a task on strings of letters is made.

    Parameters
    ----------
    name : str
        One of `LETTER_TASKS`.

    Returns
    -------
    callable
        Takes a folder, which it does not need, and a generator, of seed 0 by default. It returns a `PairDataset` of
        different random strings: 20,000 of 1 to 10 letters to train on, 1,000 each for development and testing, and
        1,000 of 11 to 20 letters as ``"longer"``.
    """
    return functools.partial(_read_letters, name)


def _read_letters(
    name: str, folder: str | PathLike[str] | None = None, generator: Generator | None = None
) -> PairDataset:
    generator, answer = generator or Generator(0), LETTER_TASKS[name]
    short = _random_strings(generator, sum(_SIZES.values()), *_SHORT)
    longer = _random_strings(generator, _SIZES["test"], *_LONGER)
    splits = _parts([(letters, answer(letters)) for letters in short])
    splits["longer"] = Pairs.group((letters, answer(letters)) for letters in longer)
    return PairDataset(name, splits, CharacterTokenizer, CharacterTokenizer)


def _random_strings(generator: Generator, count: int, least: int, most: int) -> list[str]:
    """So many different ones, of lengths that are equally likely as long as there are enough."""
    words = generator.words(np.arange(int(_SPARE * count)), most + 1)
    lengths = least + words[:, 0] % (most - least + 1)
    letters = _LETTERS[words[:, 1:] % len(_LETTERS)]
    return list(dict.fromkeys("".join(row[:length]) for row, length in zip(letters, lengths)))[:count]


def read_dates(folder: str | PathLike[str] | None = None, generator: Generator | None = None) -> PairDataset:
    """Make dates written in several ways, and as ISO 8601 has them: "24 November 2026", "2026-11-24".

    Parameters
    ----------
    folder : str or path-like, optional
        Not needed.
    generator : Generator, optional
        Draws the dates; of seed 0 by default.

    Returns
    -------
    PairDataset
        20,000 days of 1900 to 2099 to train on, 1,000 others each for development and testing.
    """
    days = random_days(sum(_SIZES.values()), generator or Generator(0))
    rows = [(_DATES[number % len(_DATES)](day), day.isoformat()) for number, day in enumerate(days)]
    return PairDataset("toy-dates", _parts(rows), CharacterTokenizer, CharacterTokenizer)


def random_days(count: int, generator: Generator) -> list[datetime.date]:
    """Draw different days of 1900 to 2099.

    Parameters
    ----------
    count : int
        How many, at most 73,000.
    generator : Generator
        Draws them.

    Returns
    -------
    list of datetime.date
        The days.
    """
    return [_FIRST_DAY + datetime.timedelta(days=int(day)) for day in generator.permutation(_DAYS)[:count]]


def _parts(rows: list[tuple[str, str]]) -> dict[str, Pairs]:
    """Rows that are in random order, cut into parts."""
    ends = np.cumsum(list(_SIZES.values()))
    return {part: Pairs.group(rows[end - size : end]) for (part, size), end in zip(_SIZES.items(), ends)}


_STRINGS = "22,000 strings of 1 to 10 letters, 1,000 of 11 to 20 as the part longer"

#: Name, content, size and reader of each.
TOYS: tuple[tuple[str, str, str, Callable[..., PairDataset]], ...] = (
    ("toy-copy", "Random letters, to be copied", _STRINGS, reader_of_letters("toy-copy")),
    ("toy-reverse", "Random letters, to be written backwards", _STRINGS, reader_of_letters("toy-reverse")),
    ("toy-sort", "Random letters, to be sorted", _STRINGS, reader_of_letters("toy-sort")),
    ("toy-dates", "Dates written in four ways, to be written as ISO 8601 has them", "22,000 dates", read_dates),
)
