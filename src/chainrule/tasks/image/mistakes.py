"""The worst mistakes of a model: those it was surest of, as a list and as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.data.images.dataset import Images
from chainrule.data.images.pictures import picture_of
from chainrule.data.images.sheets import blank_sheet, scaled_to, write_text

__all__ = ["Mistake", "draw_mistakes", "worst_mistakes"]

_TILE, _TEXT, _MARGIN, _COLUMNS = 112, 34, 8, 6  # pixels, and tiles a row


@dataclass(frozen=True)
class Mistake:
    """An image that was taken for something else.

    Attributes
    ----------
    row : int
        Which image it is.
    name : str
        What it is called, for instance its file; its number where images have no names.
    right, answer : str
        The class it is of, and the class it was taken for.
    probability : float
        How sure the model was of its answer.
    """

    row: int
    name: str
    right: str
    answer: str
    probability: float


def worst_mistakes(probabilities: np.ndarray, images: Images, classes: Sequence[str], count: int) -> list[Mistake]:
    """Find the mistakes that a model was surest of.

    Parameters
    ----------
    probabilities : ndarray of float, shape (N, K)
        Of each class.
    images : Images
        The images that were asked about.
    classes : sequence of str
        The names of the classes.
    count : int
        The most mistakes to return.

    Returns
    -------
    list of Mistake
        The worst first.
    """
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != images.labels)
    sure = probabilities[wrong, answers[wrong]]
    worst = wrong[np.argsort(-sure, kind="stable")][:count]
    return [
        Mistake(
            row=int(row),
            name=images.names[row] if images.names else str(row),
            right=classes[images.labels[row]],
            answer=classes[answers[row]],
            probability=float(probabilities[row, answers[row]]),
        )
        for row in worst
    ]


def draw_mistakes(mistakes: Sequence[Mistake], images: Images) -> Any:
    """Put mistakes side by side into one picture, each with what it is and what it was taken for.

    Parameters
    ----------
    mistakes : sequence of Mistake
        At least one.
    images : Images
        The images they were found in.

    Returns
    -------
    PIL.Image.Image
        The picture.

    Raises
    ------
    DataError
        When Pillow is not installed.
    """
    columns = min(_COLUMNS, len(mistakes))
    rows = -(-len(mistakes) // columns)
    width, height = _TILE + _MARGIN, _TILE + _TEXT + _MARGIN
    sheet = blank_sheet(columns * width + _MARGIN, rows * height + _MARGIN)
    for place, mistake in enumerate(mistakes):
        left, top = _MARGIN + place % columns * width, _MARGIN + place // columns * height
        tile = picture_of(np.moveaxis(images.pixels[mistake.row], 0, -1))
        sheet.paste(scaled_to(tile, _TILE), (left, top))
        taken = f"not {mistake.answer} ({round(100 * mistake.probability)} %)"
        for line, (text, colour) in enumerate([(mistake.right, "black"), (taken, "firebrick")]):
            write_text(sheet, (left, top + _TILE + 2 + line * _TEXT // 2), text, _TILE, colour)
    return sheet
