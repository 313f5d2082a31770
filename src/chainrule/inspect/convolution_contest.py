"""The algorithms of convolution on this machine: what each takes, how far it is off, and which one is chosen."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule import ops
from chainrule.ops.convolution_algorithms import choose_algorithm, multiplications

_REPEATS = 5


class Shape(NamedTuple):
    """A convolution to be computed.

    Attributes
    ----------
    title : str
        Where one meets it.
    images : tuple of int
        (N, C, H, W).
    filters : tuple of int
        (F, C / groups, KH, KW).
    padding, groups : int
        As for `chainrule.ops.conv2d`.
    """

    title: str
    images: tuple[int, int, int, int]
    filters: tuple[int, int, int, int]
    padding: int
    groups: int = 1


SHAPES = (
    Shape("a first layer", (16, 1, 28, 28), (32, 1, 5, 5), 2),
    Shape("3x3 on large images", (8, 64, 32, 32), (64, 64, 3, 3), 1),
    Shape("3x3 on small images", (8, 256, 8, 8), (256, 256, 3, 3), 1),
    Shape("1x1", (8, 64, 32, 32), (128, 64, 1, 1), 0),
    Shape("a large kernel", (2, 16, 32, 32), (16, 16, 13, 13), 6),
    Shape("each channel by itself", (8, 128, 16, 16), (128, 1, 3, 3), 1, 128),
)


class Result(NamedTuple):
    """An algorithm on a shape.

    Attributes
    ----------
    name : str
        The algorithm.
    seconds : float
        The shortest of some runs.
    error : float
        The largest difference from the result in float64, over the largest result.
    multiplications : int
        Of two numbers, transforms aside.
    """

    name: str
    seconds: float
    error: float
    multiplications: int


class Contest(NamedTuple):
    """All algorithms that can do a shape.

    Attributes
    ----------
    shape : Shape
        The convolution.
    results : list of Result
        One an algorithm.
    chosen, reason : str
        What `chainrule.ops.conv2d` does by itself, and why.
    """

    shape: Shape
    results: list[Result]
    chosen: str
    reason: str


def contest(shape: Shape) -> Contest:
    """Run all algorithms that can do a convolution.

    Parameters
    ----------
    shape : Shape
        The convolution; its numbers are random, the same each time.

    Returns
    -------
    Contest
        What they took, what they returned, and which is the chosen one.
    """
    rng = np.random.default_rng(0)
    x, weight = (rng.standard_normal(size).astype(np.float32) for size in (shape.images, shape.filters))
    x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)  # channels side by side, as inside a net
    settings: dict[str, Any] = {"padding": shape.padding, "groups": shape.groups}
    exact = ops.conv2d(x.astype(np.float64), weight.astype(np.float64), **settings)
    counts = multiplications(shape.images, shape.filters, **settings)
    results = []
    for name, count in counts.items():
        found = ops.conv2d(x, weight, algorithm=name, **settings)  # compiled, if need be, before the clock runs
        error = float(np.abs(found - exact).max() / np.abs(exact).max())
        results.append(Result(name, _shortest(x, weight, name, settings), error, count))
    return Contest(shape, results, *choose_algorithm(shape.images, shape.filters, **settings))


def _shortest(x: np.ndarray, weight: np.ndarray, name: str, settings: dict[str, Any]) -> float:
    seconds = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        ops.conv2d(x, weight, algorithm=name, **settings)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def described(shape: Shape) -> str:
    """The shape in words.

    Parameters
    ----------
    shape : Shape
        The convolution.

    Returns
    -------
    str
        Such as ``3x3 on large images, 8 images of 64x32x32, 64 filters of 3x3``.
    """
    count, *image = shape.images
    filters, _, *kernel = shape.filters
    return f"{shape.title}, {count} images of {_by(image)}, {filters} filters of {_by(kernel)}"


def _by(numbers: Sequence[int]) -> str:
    return "x".join(map(str, numbers))


def cells(found: Contest) -> list[tuple[str, str, str, str, str]]:
    """The results as texts.

    Parameters
    ----------
    found : Contest
        The results.

    Returns
    -------
    list of tuple of str
        Algorithm, milliseconds, error, multiplications in millions, and "chosen" beside one of them.
    """
    return [
        (
            result.name,
            f"{1e3 * result.seconds:.2f}",
            f"{result.error:.0e}",
            f"{result.multiplications / 1e6:.1f}",
            "chosen" if result.name == found.chosen else "",
        )
        for result in found.results
    ]
