"""Which examples train a model, which choose it, which score it: a choice that never moves.

A hash of the source text decides. Adding rows to a file leaves every old row where it was, and all rows of
one source stay together, so that no test source is ever trained on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sized
from os import PathLike
from pathlib import Path
from typing import TypeVar

from chainrule.errors import DataError

__all__ = ["SPLITS", "files_of_parts", "filled_part", "split_of"]

P = TypeVar("P", bound=Sized)

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


def filled_part(name: str, splits: Mapping[str, P], part: str, what: str, advice: str) -> P:
    """Return a part of a data set that must hold something.

    Parameters
    ----------
    name : str
        The data set's name, for messages.
    splits : mapping of str to sized
        Its parts.
    part : str
        The name of the part.
    what : str
        What it is to hold, for messages, such as ``"sources"``.
    advice : str
        What to do when it is empty.

    Returns
    -------
    sized
        The part.

    Raises
    ------
    DataError
        When there is no such part, or it is empty.
    """
    if part not in splits:
        raise DataError(f"{name} has no part {part!r}; its parts are {', '.join(splits)}")
    if not len(splits[part]):
        total = sum(map(len, splits.values()))
        raise DataError(f"{name}: none of its {total} {what} fell to {part}; {advice}")
    return splits[part]
