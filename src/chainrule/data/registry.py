"""Loading a data set by its name, or a user's own by its path."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from chainrule.data.images.dataset import ImageDataset
from chainrule.data.images.reading import read_images
from chainrule.data.images.resizing import resized
from chainrule.data.labelled import LabelledTextDataset
from chainrule.data.named import NAMED_DATASETS, NamedDataset
from chainrule.data.pairs import PairDataset
from chainrule.data.rated import RatedTextDataset
from chainrule.data.tagged import TaggedDataset
from chainrule.data.texts import TextDataset
from chainrule.errors import DataError

__all__ = [
    "find_named",
    "lasting_name",
    "lasting_path",
    "load_images",
    "load_labelled",
    "load_pairs",
    "load_rated",
    "load_tagged",
    "load_texts",
]


def find_named(name_or_path: str | PathLike[str], task: str) -> NamedDataset | None:
    """Find a task's data set by its name.

    Parameters
    ----------
    name_or_path : str or path-like
        What the user typed.
    task : str
        The task that is to learn from it.

    Returns
    -------
    NamedDataset or None
        None where it is the path of something that exists.

    Raises
    ------
    DataError
        When the data set is for another task, or when there is neither a data set nor a path of that name.
    """
    called = {dataset.task: dataset for dataset in NAMED_DATASETS if dataset.name == str(name_or_path)}
    if task in called:
        return called[task]
    if Path(name_or_path).exists():
        return None
    for other in called.values():
        raise DataError(f"the data set {other.name} is for the task {other.task}: {other.command}")
    fitting = [dataset.name for dataset in NAMED_DATASETS if dataset.task == task]
    close = difflib.get_close_matches(str(name_or_path), fitting, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"the data sets are: {', '.join(fitting)}"
    raise DataError(f"there is no data set and no file named {str(name_or_path)!r}; {hint}")


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
        The name of a data set, a file with tab-separated columns, or a folder with ``train.tsv``,
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
    named = find_named(name_or_path, "seq2seq")
    if named is not None:
        return named.read(folder)
    return PairDataset.read(name_or_path, columns, encoding)


def load_texts(name_or_path: str | PathLike[str], *, folder: str | PathLike[str] | None = None) -> TextDataset:
    """Load texts without answers by the name of a data set, or a user's own by their path.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a data set, or what `TextDataset.read` reads. A name wins over a file that is called the same. Of
        a data set with labels or pairs these are the texts without their labels, or the sources.
    folder : str or path-like, optional
        Where to look first for a named data set.

    Returns
    -------
    TextDataset
        The texts in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a file of that name, or it cannot be read.
    """
    other = next((d for d in NAMED_DATASETS if d.name == str(name_or_path) and d.task in _TEXTS_OF), None)
    if other is not None:
        return _TEXTS_OF[other.task](other.read(folder))
    named = find_named(name_or_path, "text")
    return TextDataset.read(name_or_path) if named is None else named.read(folder)


#: How the texts are taken out of data sets that are for other tasks.
_TEXTS_OF: Mapping[str, Callable[[Any], TextDataset]] = {
    "classify": lambda data: _without_answers(data, {part: texts.texts for part, texts in data.splits.items()}),
    "seq2seq": lambda data: _without_answers(data, {part: pairs.sources for part, pairs in data.splits.items()}),
}


def _without_answers(data: Any, splits: dict[str, tuple[str, ...]]) -> TextDataset:
    return TextDataset(data.name, splits, notes=data.notes)


def load_labelled(
    name_or_path: str | PathLike[str],
    *,
    folder: str | PathLike[str] | None = None,
    columns: tuple[int, int] = (0, 1),
    encoding: str = "utf-8",
) -> LabelledTextDataset:
    """Load texts with a label each by the name of a data set, or a user's own by their path.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a data set, or what `LabelledTextDataset.read` reads. A name wins over a file that is called the
        same.
    folder : str or path-like, optional
        Where to look first for a named data set.
    columns : tuple of int
        Which columns of a file hold text and label, counted from 0.
    encoding : str
        The encoding of a file.

    Returns
    -------
    LabelledTextDataset
        The texts in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a file of that name, or it cannot be read.
    """
    named = find_named(name_or_path, "classify")
    return LabelledTextDataset.read(name_or_path, columns, encoding) if named is None else named.read(folder)


def load_rated(
    name_or_path: str | PathLike[str],
    *,
    folder: str | PathLike[str] | None = None,
    columns: tuple[int, int] = (0, 1),
    encoding: str = "utf-8",
) -> RatedTextDataset:
    """Load texts with a number each by the name of a data set, or a user's own by their path.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a data set, or what `RatedTextDataset.read` reads. A name wins over a file that is called the same.
    folder : str or path-like, optional
        Where to look first for a named data set.
    columns : tuple of int
        Which columns of a file hold text and number, counted from 0.
    encoding : str
        The encoding of a file.

    Returns
    -------
    RatedTextDataset
        The texts in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a file of that name, or it cannot be read.
    """
    named = find_named(name_or_path, "regress")
    return RatedTextDataset.read(name_or_path, columns, encoding) if named is None else named.read(folder)


def load_tagged(
    name_or_path: str | PathLike[str],
    *,
    folder: str | PathLike[str] | None = None,
    columns: tuple[int, int] = (0, 1),
    encoding: str = "utf-8",
) -> TaggedDataset:
    """Load sentences whose words have tags by the name of a data set, or a user's own by their path.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a data set, or what `TaggedDataset.read` reads. A name wins over a file that is called the same.
    folder : str or path-like, optional
        Where to look first for a named data set.
    columns : tuple of int
        Which columns of a file hold token and tag, counted from 0.
    encoding : str
        The encoding of a file.

    Returns
    -------
    TaggedDataset
        The sentences in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a file of that name, or it cannot be read.
    """
    named = find_named(name_or_path, "tag")
    return TaggedDataset.read(name_or_path, columns, encoding) if named is None else named.read(folder)


def load_images(
    name_or_path: str | PathLike[str],
    *,
    folder: str | PathLike[str] | None = None,
    image_size: int | None = None,
    labelled: bool = True,
) -> ImageDataset:
    """Load a data set of images by its name, or a user's own by their path.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a data set; a folder with a folder of pictures a class, or with IDX files; a file of images in
        IDX; or an ``.npz`` file. A name wins over a path that is called the same.
    folder : str or path-like, optional
        Where to look first for a named data set.
    image_size : int, optional
        Height and width to give to all images; by default they keep their own, which must be equal.
    labelled : bool, default True
        Whether classes are needed. Otherwise a folder may hold pictures directly, and an ``.npz`` file images alone.

    Returns
    -------
    ImageDataset
        The images in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a path of that name, or it cannot be read.
    """
    named = find_named(name_or_path, "image")
    dataset = read_images(Path(name_or_path), image_size, labelled) if named is None else named.read(folder)
    return dataset if image_size is None else resized(dataset, image_size)


def lasting_name(name_or_path: str) -> str:
    """Name data so that it is still found from another folder.

    Parameters
    ----------
    name_or_path : str
        How the user named it.

    Returns
    -------
    str
        The name of a data set as it is, a path made absolute.
    """
    named = any(dataset.name == name_or_path for dataset in NAMED_DATASETS)
    return name_or_path if named else os.path.abspath(name_or_path)


def lasting_path(name_or_path: str) -> str:
    """Make the path of something that exists absolute, so that it is still found from another folder.

    Parameters
    ----------
    name_or_path : str
        What the user typed.

    Returns
    -------
    str
        The absolute path; a name of something else as it is.
    """
    return os.path.abspath(name_or_path) if os.path.exists(name_or_path) else name_or_path
