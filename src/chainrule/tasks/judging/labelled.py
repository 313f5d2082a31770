"""Labelled inputs of any kind, as probes take them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import DataError

__all__ = ["Examples", "InputKind", "LabelledInputs"]


class Examples(NamedTuple):
    """Inputs and their labels, in step.

    Attributes
    ----------
    inputs : ndarray, shape (N, ...)
        Texts as objects, images (N, C, H, W), or vectors (N, width).
    labels : ndarray of int, shape (N,)
        The numbers of their labels.
    """

    inputs: np.ndarray
    labels: np.ndarray

    def take(self, rows: np.ndarray) -> Examples:
        """Return some of them.

        Parameters
        ----------
        rows : ndarray of int
            Which.

        Returns
        -------
        Examples
            In that order.
        """
        return Examples(self.inputs[rows], self.labels[rows])

    def described(self, describe: Callable[[np.ndarray], np.ndarray]) -> Examples:
        """Put something else in the place of inputs.

        Parameters
        ----------
        describe : callable
            From inputs to vectors (N, width).

        Returns
        -------
        Examples
            Vectors with the same labels.
        """
        return Examples(describe(self.inputs), self.labels)


@dataclass(frozen=True)
class LabelledInputs:
    """What probes learn from, choose their strength by and are scored on.

    Attributes
    ----------
    name : str
        What the data is called.
    classes : tuple of str
        What the labels are called.
    train, dev, test : Examples
        Its parts.

    Raises
    ------
    DataError
        When a label has no example to learn from.
    """

    name: str
    classes: tuple[str, ...]
    train: Examples
    dev: Examples
    test: Examples

    def __post_init__(self) -> None:
        for part in ("dev", "test"):
            unseen = np.setdiff1d(getattr(self, part).labels, self.train.labels)
            if len(unseen):
                raise DataError(
                    f"{self.name}: the label {self.classes[unseen[0]]!r} stands in {part} and not in train, where it "
                    f"could be learned; give more examples of it, or leave it out"
                )

    def described(self, describe: Callable[[np.ndarray], np.ndarray]) -> LabelledInputs:
        """Put something else in the place of inputs.

        Parameters
        ----------
        describe : callable
            From inputs to vectors (N, width).

        Returns
        -------
        LabelledInputs
            Vectors with the same labels.
        """
        parts = (part.described(describe) for part in (self.train, self.dev, self.test))
        return LabelledInputs(self.name, self.classes, *parts)


@dataclass(frozen=True)
class InputKind:
    """How labelled inputs of one kind are read, and what can be said of them without having learned from others.

    Attributes
    ----------
    unit : str
        What they are, such as ``"texts"``.
    load : callable
        From the name or path of data to `LabelledInputs`.
    plain : str
        What the description without learning is called, such as ``"TF-IDF"``.
    make_plain : callable
        Makes a transformer of scikit-learn from inputs to that description.
    """

    unit: str
    load: Callable[[str], LabelledInputs]
    plain: str
    make_plain: Callable[[], Any]
