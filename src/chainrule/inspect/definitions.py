"""Definitions of words that travel with the package, each with the kind of thing that it defines.

They are a part of WordNet 3.0 (C. Fellbaum, ed., WordNet: An Electronic Lexical Database, 1998): of its nouns for
animals, artifacts, food, persons, places and plants the definitions of three words or more and at most 90 characters,
without those that stand in two categories, and of each kind at most 4,000 (the first by their hash). Their licence is
in ``definitions.licence.txt``.
"""

import gzip
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.data.labelled import LabelledTextDataset

_TEST_SHARE = 0.05


def definitions() -> "LabelledTextDataset":
    """Read the definitions.

    Returns
    -------
    LabelledTextDataset
        20,508 of six kinds, about 1,000 of them set apart for testing by a hash.
    """
    from chainrule.data.labelled import LabelledTextDataset

    packed = (resources.files("chainrule.inspect") / "definitions.tsv.gz").read_bytes()
    rows = [line.split("\t") for line in gzip.decompress(packed).decode("ascii").splitlines()]
    pairs = ((text, kind) for text, kind in rows)
    return LabelledTextDataset.from_rows("definitions", pairs, dev=0.0, test=_TEST_SHARE)
