"""What loading and saving need to know of a family of models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from chainrule import nn
from chainrule.interop.names import NameMap
from chainrule.interop.weights import Weights

__all__ = ["Arrival", "Family", "Pixels"]


class Arrival(NamedTuple):
    """Published arrays in the form that a model has them in.

    Attributes
    ----------
    name : str
        The array's path in the model.
    array : ndarray
        Its numbers.
    origins : tuple of str
        Under which names the file has them.
    change : str
        What was done to them, if anything.
    """

    name: str
    array: np.ndarray
    origins: tuple[str, ...]
    change: str = ""


class Pixels(NamedTuple):
    """How a model of photos wants colours, which files give from 0 to 255.

    Attributes
    ----------
    mean, std : tuple of float
        What is taken off red, green and blue, and by what they are then divided.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def normalized(self, colours: np.ndarray) -> np.ndarray:
        """Shift and scale colours (..., 3) of uint8; the result is float32."""
        return ((colours - np.array(self.mean)) / np.array(self.std)).astype(np.float32)


class Family(ABC):
    """Models of one architecture: how to tell their files, build them, and name their arrays.

    Attributes
    ----------
    title : str
        What the family is called.
    model : type
        The class of its models.
    names : NameMap
        Array names in published files and here.
    head : str
        The path of the part that other classes replace; empty where there is none.
    pixels : Pixels or None
        How its models want colours; None where they see no photos.
    """

    title: str
    model: type[nn.Module]
    names: NameMap
    head: str = ""
    pixels: Pixels | None = None

    @abstractmethod
    def recognises(self, weights: Weights) -> bool:
        """Tell by configuration or names whether weights belong to this family."""

    @abstractmethod
    def build(self, weights: Weights, classes: int | None) -> nn.Module:
        """Make a model for weights, with its own initial numbers; `classes` replaces the number of classes."""

    @abstractmethod
    def describe(self, model: Any) -> dict[str, Any]:
        """Return the ``config.json`` with which other libraries load the model."""

    def arrivals(self, arrays: Mapping[str, np.ndarray]) -> Iterator[Arrival]:
        """Give published arrays our names and layout; those for which the model has no use are left out."""
        for name, array in arrays.items():
            ours = self.names.here(name)
            if ours is not None:
                yield Arrival(ours, array, (name,))

    def departures(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Give a model's arrays the published names and layout."""
        return {self.names.there(name) or name: array for name, array in arrays.items()}
