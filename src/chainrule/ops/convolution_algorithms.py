"""Which algorithm a convolution runs on: what is chosen, why, what it costs, and how to have another one.

This is about float32 sequences and images that are NumPy arrays. Other types and volumes have one way, and JAX its own.
"""

from contextlib import AbstractContextManager
from typing import Any

from chainrule.kernels.cpu.convolution_choice import ALGORITHMS, Choice, Problem, choose, refusal
from chainrule.kernels.preference import allowed, allowing
from chainrule.kernels.reference.windows import Sizes
from chainrule.ops.windows import Window, pairs, per_axis


def no_winograd() -> AbstractContextManager[None]:
    """Convolve without Winograd's algorithm: more slowly, with errors ten times smaller.

    Returns
    -------
    context manager
        Use it as ``with no_winograd():``. It decides for the convolutions inside, and for their gradients, whenever
        those are computed.
    """
    return allowing((allowed() or frozenset(ALGORITHMS)) - {"winograd"})


def choose_algorithm(
    input_shape: Sizes, weight_shape: Sizes, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Choice:
    """Tell which algorithm `conv1d`, `conv2d` or `conv3d` would use here.

    Parameters
    ----------
    input_shape : tuple of int
        (N, C, H, W) of float32 images, or (N, C, L) of sequences.
    weight_shape : tuple of int
        (F, C / groups, KH, KW), or (F, C / groups, K).
    stride, padding, dilation, groups : as for `conv2d`
        How filters slide.

    Returns
    -------
    Choice
        ``name`` and ``reason``.
    """
    return choose(_problem(input_shape, weight_shape, stride, padding, dilation, groups), allowed())


def multiplications(
    input_shape: Sizes, weight_shape: Sizes, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> dict[str, int]:
    """Count what each algorithm that can do a convolution multiplies, transforms aside.

    Parameters
    ----------
    input_shape, weight_shape, stride, padding, dilation, groups : as for `choose_algorithm`
        The convolution.

    Returns
    -------
    dict of str to int
        By the algorithm's name, products of two numbers for the result (as many again for each gradient).
    """
    problem = _problem(input_shape, weight_shape, stride, padding, dilation, groups)
    able = {name: each for name, each in ALGORITHMS.items() if not refusal(name, problem)}
    return {name: each.multiplications(problem.of_images()) for name, each in able.items()}


def preferred(owner: str, algorithm: str | None, window: Window, filters: Sizes, groups: int) -> frozenset[str] | None:
    """The names that may be used: the one that the user wrote, if it can do this, or what is allowed here."""
    if algorithm is None:
        return allowed()
    if algorithm not in ALGORITHMS:
        raise ValueError(f"{owner} expected algorithm out of {tuple(ALGORITHMS)}, but got {algorithm!r}")
    reason = refusal(algorithm, Problem((), filters, window.stride, window.padding, window.dilation, groups))
    if reason:
        raise ValueError(f"{owner} with algorithm={algorithm!r} expected {reason}: use algorithm=None")
    return frozenset({algorithm})


def _problem(input_shape: Sizes, weight_shape: Sizes, stride: Any, padding: Any, dilation: Any, groups: int) -> Problem:
    settings, axes = (("stride", stride), ("dilation", dilation)), len(input_shape) - 2
    stride, dilation = (per_axis("choose_algorithm", *each, axes) for each in settings)
    around = pairs("choose_algorithm", padding, weight_shape[2:], stride, dilation)
    return Problem(input_shape, weight_shape, stride, around, dilation, groups)
