"""Everything that can be computed of a case, as one function of arrays: so that it can be compiled as a whole."""

from typing import Any, NamedTuple

import numpy as np

from chainrule import jvp, ops, vjp

from .case import Case


class Evaluation(NamedTuple):
    """Results of a case; each is a tuple of arrays."""

    value: tuple
    gradients: tuple  # of the projection <cotangents, value> by each floating-point input
    second: tuple  # of <directions, gradients> by the cotangents and by each floating-point input
    tangents: tuple  # the derivative of the value in `directions`


class Probe(NamedTuple):
    """The random vectors on which derivatives are projected."""

    cotangents: tuple[np.ndarray, ...]
    directions: tuple[np.ndarray, ...]


def floating(arrays: tuple) -> tuple[int, ...]:
    """The places of those arrays that can be differentiated by."""
    return tuple(i for i, x in enumerate(arrays) if x.dtype.kind in "fV")  # "V" is bfloat16


def probe(case: Case) -> Probe:
    """Fixed random vectors for a case."""
    rng = np.random.default_rng(42)
    arrays = case.arrays()
    cotangents = tuple(rng.standard_normal(y.shape) for y in case.expected(*arrays))
    directions = tuple(rng.standard_normal(arrays[i].shape) for i in floating(arrays))
    for vector in (*cotangents, *directions):
        vector.flags.writeable = False
    return Probe(cotangents, directions)


def inner(left: tuple, right: tuple) -> Any:
    """The sum of products of two tuples of arrays or Tensors."""
    total = 0.0
    for x, y in zip(left, right):
        total = ops.add(total, ops.sum(ops.multiply(x, y)))
    return total


def first_order(case: Case, arrays: tuple, cotangents: tuple) -> tuple[tuple, tuple]:
    """The value and the gradients."""
    value, pull_back = vjp(lambda *xs: case.run(*_filled(arrays, xs)), *_chosen(arrays))
    return value, pull_back(cotangents)


def evaluate(case: Case, arrays: tuple, cotangents: tuple, directions: tuple) -> Evaluation:
    """The value, the gradients, the gradients of a projection of the gradients, and the pushed tangents."""
    xs = _chosen(arrays)

    def projected(*cotangents_and_xs: Any) -> Any:
        cotangents, xs = cotangents_and_xs[: -len(directions)], cotangents_and_xs[-len(directions) :]
        return inner(first_order(case, _filled(arrays, xs), cotangents)[1], directions)

    value, gradients = first_order(case, arrays, cotangents)
    second = vjp(projected, *cotangents, *xs)[1](1.0)
    tangents = jvp(lambda *xs: case.run(*_filled(arrays, xs)), xs, directions)[1]
    return Evaluation(value, gradients, second, tangents)


def _chosen(arrays: tuple) -> tuple:
    return tuple(arrays[i] for i in floating(arrays))


def _filled(arrays: tuple, xs: tuple) -> tuple:
    filled = list(arrays)
    for place, x in zip(floating(arrays), xs):
        filled[place] = x
    return tuple(filled)
