"""Fisher's irises: real measurements, small enough to look at.

R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936), of flowers that
E. Anderson had collected. The 150 rows are facts, free for any use.
"""

import csv
from importlib import resources
from typing import NamedTuple

import numpy as np


class Flowers(NamedTuple):
    """Flowers of the two species that are hard to tell apart.

    Attributes
    ----------
    petals : ndarray of float64, shape (N, 2)
        Length and width in centimetres.
    labels : ndarray of float64, shape (N, 1)
        1 for virginica, 0 for versicolor.
    """

    petals: np.ndarray
    labels: np.ndarray


def versicolor_and_virginica() -> Flowers:
    """Read the petals of versicolor and virginica.

    Returns
    -------
    Flowers
        100 of them, 50 of each.
    """
    text = (resources.files("chainrule.inspect") / "iris.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["species"] != "setosa"]
    petals = [[float(row["petal_length"]), float(row["petal_width"])] for row in rows]
    return Flowers(np.array(petals), np.array([[float(row["species"] == "virginica")] for row in rows]))
