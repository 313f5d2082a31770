"""The data sets that have a name, and loading one by name or a file by its path."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from chainrule.data.cmudict import CMUDICT_FILE, read_cmudict
from chainrule.data.pairs import PairDataset
from chainrule.data.published import PublishedFile
from chainrule.errors import DataError

__all__ = ["NAMED_DATASETS", "NamedDataset", "load_pairs"]


@dataclass(frozen=True)
class NamedDataset:
    """A published data set that `load_pairs` knows by name.

    Parameters
    ----------
    name : str
        What the user types.
    content : str
        What it is, in a line.
    size : str
        How much it is.
    licence : str
        Under which terms.
    obtain : str
        How to get it.
    file : PublishedFile
        The file it is read from.
    read : callable
        Takes a folder to look in first, or None, and returns the `PairDataset`.
    """

    name: str
    content: str
    size: str
    licence: str
    obtain: str
    file: PublishedFile
    read: Callable[[str | PathLike[str] | None], PairDataset]

    def find(self, folder: str | PathLike[str] | None = None) -> Path | None:
        """Look for the data set on this machine.

        Parameters
        ----------
        folder : str or path-like, optional
            Where to look first.

        Returns
        -------
        Path or None
            The file it would be read from.
        """
        return self.file.find(folder)


NAMED_DATASETS: tuple[NamedDataset, ...] = (
    NamedDataset(
        name="cmudict",
        content="English words and their pronunciations (CMU Pronouncing Dictionary)",
        size="126,052 words, 39 phonemes, 3.6 MB",
        licence="BSD 2-clause",
        obtain='pip install "chainrule[data]", or downloaded at first use',
        file=CMUDICT_FILE,
        read=read_cmudict,
    ),
)


def load_pairs(
    name_or_path: str | PathLike[str],
    *,
    folder: str | PathLike[str] | None = None,
    columns: tuple[int, int] = (0, 1),
    encoding: str = "utf-8",
) -> PairDataset:
    """Load a data set by its name, or a user's own file by its path.

    Parameters
    ----------
    name_or_path : str or path-like
        A name in `NAMED_DATASETS`, a file with tab-separated columns, or a folder with ``train.tsv``,
        ``dev.tsv`` and ``test.tsv``. A name wins over a file that is called the same.
    folder : str or path-like, optional
        Where to look first for a named data set.
    columns : tuple of int
        Which columns of a file hold source and target, counted from 0.
    encoding : str
        The encoding of a file.

    Returns
    -------
    PairDataset
        The pairs in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a file of that name, or it cannot be read.
    """
    named = {dataset.name: dataset for dataset in NAMED_DATASETS}
    if str(name_or_path) in named:
        return named[str(name_or_path)].read(folder)
    if not Path(name_or_path).exists():
        close = difflib.get_close_matches(str(name_or_path), named, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"the data sets are: {', '.join(named)}"
        raise DataError(f"there is no data set and no file named {str(name_or_path)!r}; {hint}")
    return PairDataset.read(name_or_path, columns, encoding)
