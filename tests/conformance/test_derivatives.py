"""Values against the plain references; first and second derivatives against differences, all in float64."""

import functools

import numpy as np
import pytest

from .backends import on_numpy
from .cases import CASES, DIFFERENTIABLE
from .checks import assert_close, evaluated, over, replaced
from .differences import assert_derivative, directional
from .evaluation import first_order, floating, probe


def projection(vectors: tuple, values: tuple) -> float:
    return sum(float(np.sum(vector * value)) for vector, value in zip(vectors, values))


@over(CASES)
def test_value(case):
    arrays = case.arrays()
    found, expected = on_numpy(case.run, *arrays), case.expected(*arrays)
    assert [x.dtype.kind for x in found] == [y.dtype.kind for y in expected]
    assert_close(found, expected, of="value", tolerance=1e-12)


@over(DIFFERENTIABLE)
def test_gradient(case):
    arrays, (cotangents, directions) = case.arrays(), probe(case)
    for place, gradient, direction in zip(floating(arrays), evaluated(case).gradients, directions):
        slope = directional(
            lambda x, place=place: projection(cotangents, case.expected(*replaced(arrays, place, x))),
            arrays[place],
            direction,
        )
        assert_derivative(
            float(np.sum(gradient * direction)),
            slope,
            of=f"gradient of {case.name} by input {place}",
            shapes=[x.shape for x in arrays],
            direction=direction,
        )


@over(DIFFERENTIABLE)
def test_second_derivative(case):
    arrays, (cotangents, directions) = case.arrays(), probe(case)
    by_input = evaluated(case).second[len(cotangents) :]
    for place, gradient, direction in zip(floating(arrays), by_input, directions):
        slope = directional(
            lambda x, place=place: projection(
                directions, on_numpy(functools.partial(first_order, case), replaced(arrays, place, x), cotangents)[1]
            ),
            arrays[place],
            direction,
        )
        assert_derivative(
            float(np.sum(gradient * direction)),
            slope,
            of=f"second derivative of {case.name} by input {place}",
            shapes=[x.shape for x in arrays],
            direction=direction,
        )


@over(DIFFERENTIABLE)
def test_gradients_are_linear_in_what_comes_in(case):
    cotangents, directions = probe(case)
    pulled = projection(directions, evaluated(case).gradients)
    assert projection(cotangents, evaluated(case).tangents) == pytest.approx(pulled, rel=1e-9, abs=1e-9)
    by_cotangent = evaluated(case).second[: len(cotangents)]
    assert_close(by_cotangent, evaluated(case).tangents, of="gradient by the cotangent", tolerance=1e-10)
