"""Which examples train a model, which choose it, which score it: a choice that never moves.

A hash of the source text decides. Adding rows to a file leaves every old row where it was, and all rows of
one source stay together, so that no test source is ever trained on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from chainrule.errors import DataError

__all__ = [
    "SPLITS",
    "InParts",
    "files_of_parts",
    "fingerprint_of",
    "read_parts",
    "split_of",
    "split_rows",
    "unseen_answers",
]

P = TypeVar("P", bound=Sized)
R = TypeVar("R")

#: The names of the three parts.
SPLITS = ("train", "dev", "test")


def split_of(source: str | bytes, dev: float = 0.05, test: float = 0.10) -> str:
    """Tell which part of the data a source belongs to.

    Parameters
    ----------
    source : str or bytes
        The source text, or whatever else tells examples apart.
    dev : float
        The share of sources, between 0 and 1, that goes to development.
    test : float
        The share that goes to testing; changing `dev` moves nothing in or out of it.

    Returns
    -------
    str
        ``"train"``, ``"dev"`` or ``"test"``; the same on every machine and in every version.

    Raises
    ------
    DataError
        When the shares are negative or leave nothing to train on.
    """
    if not (dev >= 0 and test >= 0 and dev + test < 1):
        raise DataError(f"the shares of dev and test must be at least 0 and below 1 together, got {dev} and {test}")
    digest = hashlib.blake2b(source.encode() if isinstance(source, str) else source, digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    if place < test:
        return "test"
    return "dev" if place < test + dev else "train"


def files_of_parts(folder: str | PathLike[str], suffix: str) -> dict[str, Path | None]:
    """Find the file of each part in a folder.

    Parameters
    ----------
    folder : str or path-like
        Holds ``train`` and, if wanted, ``dev`` and ``test``, with the suffix.
    suffix : str
        Such as ``".tsv"``.

    Returns
    -------
    dict of str to Path or None
        For each part its file, None where there is none.

    Raises
    ------
    DataError
        When there is nothing to train on.
    """
    files = {part: Path(folder) / f"{part}{suffix}" for part in SPLITS}
    if not files["train"].is_file():
        raise DataError(f"the folder {folder} holds no train{suffix}; put one there, or name a file")
    return {part: file if file.is_file() else None for part, file in files.items()}


def _first_field(row: Any) -> Any:
    return row[0]


def split_rows(
    rows: Iterable[R], dev: float = 0.05, test: float = 0.10, source: Callable[[R], str] = _first_field
) -> dict[str, list[R]]:
    """Split rows by a hash of their source.

    Parameters
    ----------
    rows : iterable
        The rows.
    dev, test : float
        As for `split_of`.
    source : callable
        From a row to what is hashed; its first field by default.

    Returns
    -------
    dict of str to list
        The rows of each part in their order; a part is empty where the rows are too few to reach it.
    """
    parts: dict[str, list[R]] = {part: [] for part in SPLITS}
    for row in rows:
        parts[split_of(source(row), dev, test)].append(row)
    return parts


def read_parts(
    path: str | PathLike[str],
    read: Callable[[str | PathLike[str]], list[R]],
    suffix: str = ".tsv",
    source: Callable[[R], str] = _first_field,
) -> dict[str, list[R]]:
    """Read a file, split by hash, or a folder with a file for each part.

    Parameters
    ----------
    path : str or path-like
        The file, or a folder as for `files_of_parts`.
    read : callable
        From a file to its rows.
    suffix : str
        That of the files in a folder.
    source : callable
        As for `split_rows`.

    Returns
    -------
    dict of str to list
        The rows of each part; none where a folder has no file for it.

    Raises
    ------
    DataError
        When a file cannot be read; the message names file and line.
    """
    if not Path(path).is_dir():
        return split_rows(read(path), source=source)
    return {part: read(file) if file else [] for part, file in files_of_parts(path, suffix).items()}


def fingerprint_of(contents: Iterable[str]) -> str:
    """Summarise texts, so that a resumed run can tell whether its data has changed.

    Parameters
    ----------
    contents : iterable of str
        The texts.

    Returns
    -------
    str
        32 hexadecimal digits; others where any text or the order is another.
    """
    digest = hashlib.blake2b(digest_size=16)
    for text in contents:
        content = text.encode()
        digest.update(f"{len(content)}\n".encode() + content)
    return digest.hexdigest()


def unseen_answers(parts: Mapping[str, Iterable[tuple[str, str, str]]], given: str, answer: str) -> Iterator[str]:
    """Say which answers a part has that nobody can learn.

    Parameters
    ----------
    parts : mapping of str to iterable of tuple of str
        For each part its answers, to what each is given, and where that stands, if anybody can look it up.
    given, answer : str
        What they are, such as ``"text"`` and ``"label"``.

    Yields
    ------
    str
        A note for the user on the next part that has some.
    """
    known = {found for found, _, _ in parts["train"]}
    for part in ("dev", "test"):
        unknown = [row for row in parts[part] if row[0] not in known]
        if unknown:
            found, example, place = unknown[0]
            where = f", {place}" if place else ""
            yield (
                f"{len(unknown)} of the {given}s of {part} have {answer}s that no {given} to learn from has, such as "
                f"{found!r} of {example[:60]!r}{where}: they will count as wrong"
            )


class InParts(Generic[P]):
    """What data sets in three parts have in common.

    Attributes
    ----------
    name : str
        For messages: the data set's name or the file's path.
    splits : mapping of str to sized
        The parts by name: ``"train"``, ``"dev"``, ``"test"``.
    """

    name: Any
    splits: Any

    _content: ClassVar[str]  # what a part holds
    _advice: ClassVar[str] = "add rows, or give a folder with train.tsv, dev.tsv and test.tsv"

    def split(self, part: str) -> P:
        """Return a part that must hold something.

        Parameters
        ----------
        part : str
            ``"train"``, ``"dev"`` or ``"test"``.

        Returns
        -------
        sized
            The part.

        Raises
        ------
        DataError
            When there is no such part, or it is empty.
        """
        splits: Mapping[str, P] = self.splits
        if part not in splits:
            raise DataError(f"{self.name} has no part {part!r}; its parts are {', '.join(splits)}")
        if not len(splits[part]):
            total = sum(map(len, splits.values()))
            raise DataError(f"{self.name}: none of its {total} {self._content} fell to {part}; {self._advice}")
        return splits[part]
