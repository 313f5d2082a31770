"""Which algorithm computes a convolution? A rule of its shape, and the facts that the rule rests on.

The three kernels of one convolution (result, input gradient, weight gradient) use the same algorithm. Whether the rule
is right, `benchmarks/convolution.py` shows; how the algorithms work, `docs/convolution-algorithms.md`.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from chainrule.kernels.reference.windows import Pairs, Sizes, window_count

_WINOGRAD_RESULTS = 4  # of an axis of a tile
_FEW = 16  # channels that fill a register or two
_NARROW, _WIDE = 4, 10  # windows in a row, of which tiles are made
_MANY_WEIGHTS = 1 << 17  # whose gradient is better not summed in parts
_LARGE_GROUP = 8  # channels, on either side
_LEAST_SAVING = 1.5  # in multiplications, below which transforms cost more than they save


class Problem(NamedTuple):
    """A convolution without its numbers."""

    input_shape: Sizes
    weight_shape: Sizes
    stride: Sizes
    padding: Pairs
    dilation: Sizes
    groups: int

    @property
    def results(self) -> Sizes:
        """How many windows there are along each axis."""
        return window_count(self.input_shape[2:], self.weight_shape[2:], self.stride, self.padding, self.dilation)

    def of_images(self) -> "Problem":
        """The same along two axes, of a problem along one: sequences are images of height 1."""
        if len(self.stride) != 1:
            return self
        shapes = image_shape(self.input_shape), image_shape(self.weight_shape)
        stride, padding, dilation = (1, *self.stride), ((0, 0), *self.padding), (1, *self.dilation)
        return Problem(*shapes, stride, padding, dilation, self.groups)


def image_shape(shape: Sizes) -> Sizes:
    """The shape of sequences, or of filters that slide along them, with an axis of one row."""
    return (*shape[:2], 1, *shape[2:])


class Choice(NamedTuple):
    """An algorithm, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Algorithm:
    """What is known of an algorithm before it runs.

    Attributes
    ----------
    module : str
        The file, beside this one or in the reference, that has its kernels.
    refusal : callable
        Says of a `Problem` why the algorithm cannot do it; an empty string if it can.
    multiplications : callable
        How many products of numbers it computes for the result of a `Problem`, transforms aside.
    reads_rows : bool
        Whether columns of images may lie side by side, as users' images do, rather than channels.
    """

    module: str
    refusal: Callable[[Problem], str]
    multiplications: Callable[[Problem], int]
    reads_rows: bool = False


def _refusal_of_groups(problem: Problem) -> str:
    return f"one group, but got {problem.groups}" if problem.groups > 1 else ""


def _by_definition(problem: Problem) -> int:
    filters, channels, *kernel = problem.weight_shape
    return problem.input_shape[0] * math.prod(problem.results) * filters * channels * math.prod(kernel)


def _by_winograd(problem: Problem) -> int:
    filters, channels, taps, _ = problem.weight_shape
    tiles = math.prod(-(-count // _WINOGRAD_RESULTS) for count in problem.results)
    return problem.input_shape[0] * tiles * (_WINOGRAD_RESULTS + taps - 1) ** 2 * filters * channels


def _by_fft(problem: Problem) -> int:
    height, width = (size + sum(pair) for size, pair in zip(problem.input_shape[2:], problem.padding))
    frequencies = height * (width // 2 + 1)
    return (
        4 * frequencies * problem.input_shape[0] * problem.weight_shape[0] * problem.weight_shape[1]
    )  # of complex ones


def _refusal_by_winograd(problem: Problem) -> str:
    kernel = problem.weight_shape[2:]
    if kernel not in ((3, 3), (5, 5)):
        return f"filters of 3x3 or 5x5, but got {'x'.join(map(str, kernel))}"
    if problem.stride != (1, 1) or problem.dilation != (1, 1):
        return f"stride 1 and dilation 1, but got {problem.stride} and {problem.dilation}"
    return _refusal_of_groups(problem)


def _refusal_by_pointwise(problem: Problem) -> str:
    if problem.weight_shape[2:] != (1, 1):
        return f"filters of 1x1, but got {'x'.join(map(str, problem.weight_shape[2:]))}"
    if any(map(any, problem.padding)):
        return f"no padding, but got {problem.padding}"
    return _refusal_of_groups(problem)


def _refusal_by_depthwise(problem: Problem) -> str:
    filters, channels = problem.weight_shape[:2]
    if filters != problem.groups or channels != 1:
        return f"a group for each channel and filter, but got {problem.groups} for {filters} filters"
    return ""


def _refusal_by_grouped(problem: Problem) -> str:
    return "" if problem.groups > 1 else "several groups, but got one"


def refusal(name: str, problem: Problem) -> str:
    """Say why an algorithm cannot do a problem along any number of axes.

    Parameters
    ----------
    name : str
        One of `ALGORITHMS`.
    problem : Problem
        The shapes, of which the input's may be left out, and how filters slide.

    Returns
    -------
    str
        What the algorithm expects, and what it got; empty if it can.
    """
    if len(problem.stride) > 2:
        return "" if name == "im2col" else "sequences or images, but got volumes"
    return ALGORITHMS[name].refusal(problem.of_images())


ALGORITHMS = {
    "pointwise": Algorithm("cpu.convolution_pointwise", _refusal_by_pointwise, _by_definition),
    "rows": Algorithm("cpu.convolution_rows", _refusal_of_groups, _by_definition, reads_rows=True),
    "winograd": Algorithm("cpu.convolution_winograd", _refusal_by_winograd, _by_winograd),
    "direct": Algorithm("cpu.convolution_direct", _refusal_of_groups, _by_definition),
    "fft": Algorithm("cpu.convolution_fft", _refusal_of_groups, _by_fft),
    "depthwise": Algorithm("cpu.convolution_depthwise", _refusal_by_depthwise, _by_definition),
    "grouped": Algorithm("cpu.convolution_grouped", _refusal_by_grouped, _by_definition),
    "im2col": Algorithm("reference.convolution", lambda problem: "", _by_definition),
}


@functools.lru_cache(maxsize=1024)
def choose(problem: Problem, allowed: frozenset[str] | None = None) -> Choice:
    """Return the algorithm for a convolution of float32 sequences or images, and why it is the one.

    Parameters
    ----------
    problem : Problem
        The shapes, and how filters slide.
    allowed : frozenset of str, optional
        What may be chosen: a single name, or as many as to have one for every shape; all by default.

    Returns
    -------
    Choice
        The name of one of `ALGORITHMS`, and a sentence.
    """
    if len(problem.stride) > 2:
        return Choice("im2col", "nothing else does volumes")
    problem = problem.of_images()
    if allowed is not None and len(allowed) == 1:
        (name,) = allowed
        if not ALGORITHMS[name].refusal(problem):  # "grouped" leaves a single group to others
            return Choice(name, "it was asked for")
    filters, channels = problem.weight_shape[:2]
    if problem.groups > 1:
        return _choose_for_groups(problem)
    if not ALGORITHMS["pointwise"].refusal(problem):
        return Choice("pointwise", "a pixel by itself is a row of a matrix")
    if channels < _FEW and problem.results[1] >= _NARROW:
        few = "1 channel is" if channels == 1 else f"{channels} channels are"
        return Choice("rows", f"{few} too few for an inner loop over channels")
    may_transform = (allowed is None or "winograd" in allowed) and not ALGORITHMS["winograd"].refusal(problem)
    if may_transform and filters >= _FEW // 2:
        saved = _by_definition(problem) / _by_winograd(problem)
        if saved > _LEAST_SAVING:
            return Choice("winograd", f"it takes {saved:.1f} times fewer multiplications than the definition")
    if problem.results[1] >= _WIDE and math.prod(problem.weight_shape) <= _MANY_WEIGHTS:
        return Choice("rows", f"{problem.results[1]} windows side by side have their inputs at equal distances")
    return Choice("direct", "it does any filters, with no copies")


def _choose_for_groups(problem: Problem) -> Choice:
    if not ALGORITHMS["depthwise"].refusal(problem):
        return Choice("depthwise", "there is no sum over channels, which all others are made for")
    if min(problem.weight_shape[0] // problem.groups, problem.weight_shape[1]) >= _LARGE_GROUP:
        return Choice("grouped", "groups are large enough to be convolved one after another")
    return Choice("im2col", "nothing faster fits the shape")
