"""WordNet's definitions, each in one of 45 categories such as ``noun.food`` or ``verb.motion``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike

from chainrule.data.carriers import DebianPackage
from chainrule.data.labelled import LabelledTextDataset
from chainrule.data.published import PublishedFolder

__all__ = ["CATEGORIES", "WORDNET", "parse_synsets", "read_wordnet"]

WORDNET = PublishedFolder("wordnet", "data.noun", DebianPackage("wordnet-base", "/usr/share/wordnet"))

#: The categories by the number that the files use: WordNet's "lexicographer files" (its manual, lexnames(5WN)).
CATEGORIES = (
    *("adj.all", "adj.pert", "adv.all"),
    *(
        f"noun.{name}"
        for name in (
            "Tops act animal artifact attribute body cognition communication event feeling food group location motive "
            "object person phenomenon plant possession process quantity relation shape state substance time"
        ).split()
    ),
    *(
        f"verb.{name}"
        for name in (
            "body change cognition communication competition consumption contact creation emotion motion perception "
            "possession social stative weather"
        ).split()
    ),
    "adj.ppl",
)


def read_wordnet(folder: str | PathLike[str] | None = None) -> LabelledTextDataset:
    """Read all definitions, split by a hash of each.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for ``data.noun``, ``data.verb``, ``data.adj`` and ``data.adv``.

    Returns
    -------
    LabelledTextDataset
        117,659 definitions in 45 categories.

    Raises
    ------
    DataError
        When the files are nowhere to be had; the message says what to install.
    """
    place = WORDNET.locate(folder)
    rows = (
        row
        for kind in ("noun", "verb", "adj", "adv")
        for row in parse_synsets((place / f"data.{kind}").read_text(encoding="utf-8").split("\n"))
    )
    return LabelledTextDataset.from_rows("wordnet", rows)


def parse_synsets(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Take definitions and categories out of WordNet's own format.

    Parameters
    ----------
    lines : iterable of str
        Lines such as ``00001740 03 n 01 entity 0 ... | that which is perceived; "example"``.

    Yields
    ------
    tuple of str
        The definition without its examples, and the category.
    """
    for line in lines:
        head, bar, gloss = line.partition(" | ")
        if bar and not line.startswith(" "):
            yield gloss.partition('; "')[0].strip(), CATEGORIES[int(head.split()[1])]
