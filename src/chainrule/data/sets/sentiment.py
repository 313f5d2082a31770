"""Sentences that people rated, from very negative to very positive: the data behind VADER."""

from __future__ import annotations

import io
from collections.abc import Iterator
from os import PathLike

from chainrule.data.carriers import PythonSource
from chainrule.data.labelled import LabelledTextDataset
from chainrule.data.published import PublishedFile
from chainrule.data.rated import RatedTextDataset
from chainrule.errors import DataError

__all__ = ["RATED", "RATED_FILES", "SOURCE", "parse_ratings", "read_rated", "read_ratings"]

SOURCE = PythonSource("vaderSentiment", "3.3.2", "additional_resources/hutto_ICWSM_2014.tar.gz")

RATED = PublishedFile(
    name="hutto_ICWSM_2014.tar",
    size=6_404_608,
    sha256="3c42a3c582708e3f895221d50d261f1aa36d4f7e6c20e63acc082c6bb1f6c28b",
    url="https://raw.githubusercontent.com/cjhutto/vaderSentiment/master/additional_resources/hutto_ICWSM_2014.tar.gz",
    carrier=SOURCE,
)

#: The files in it, by the name of the data set.
RATED_FILES = {
    "vader-movies": "movieReviewSnippets_GroundTruth.txt",
    "vader-tweets": "tweets_GroundTruth.txt",
    "vader-reviews": "amazonReviewSnippets_GroundTruth.txt",
    "vader-editorials": "nytEditorialSnippets_GroundTruth.txt",
}


def read_rated(name: str, folder: str | PathLike[str] | None = None) -> LabelledTextDataset:
    """Read sentences that are not neutral, split by a hash of each (C. Hutto and E. Gilbert, VADER, ICWSM 2014).

    Parameters
    ----------
    name : str
        One of `RATED_FILES`.
    folder : str or path-like, optional
        Where to look first for ``hutto_ICWSM_2014.tar.gz``.

    Returns
    -------
    LabelledTextDataset
        Labels ``negative`` and ``positive``, by the sign of the mean rating.

    Raises
    ------
    DataError
        When the file is nowhere to be had; the message says how to get it.
    """
    found = _ratings(name, folder)
    rows = ((text, "positive" if rating > 0 else "negative") for rating, text in found if rating != 0)
    return LabelledTextDataset.from_rows(name, rows)


def read_ratings(name: str, folder: str | PathLike[str] | None = None) -> RatedTextDataset:
    """Read all sentences with their mean ratings, from -4 to 4, split as in `read_rated`.

    Parameters
    ----------
    name : str
        One of `RATED_FILES`.
    folder : str or path-like, optional
        Where to look first for ``hutto_ICWSM_2014.tar.gz``.

    Returns
    -------
    RatedTextDataset
        Neutral ones are among them.

    Raises
    ------
    DataError
        When the file is nowhere to be had; the message says how to get it.
    """
    return RatedTextDataset.from_rows(name, ((text, rating) for rating, text in _ratings(name, folder)))


def _ratings(name: str, folder: str | PathLike[str] | None) -> Iterator[tuple[float, str]]:
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(RATED.read(folder))) as archive:
        file = archive.extractfile(f"hutto_ICWSM_2014/{RATED_FILES[name]}")
        if file is None:
            raise DataError(f"{RATED.name} holds no {RATED_FILES[name]}")
        return parse_ratings(file.read().decode("latin-1"))


def parse_ratings(content: str) -> Iterator[tuple[float, str]]:
    """Take ratings and sentences out of a file.

    Parameters
    ----------
    content : str
        Lines of number, mean rating from -4 to 4, and sentence, with tabs between them.

    Yields
    ------
    tuple of float and str
        The rating and the sentence.
    """
    for line in content.split("\n"):
        fields = line.split("\t", 2)
        if len(fields) == 3 and fields[2].strip():
            yield float(fields[1]), " ".join(fields[2].split())
