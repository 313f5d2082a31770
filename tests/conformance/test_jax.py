"""The same results on JAX, compiled and eagerly."""

import functools

import numpy as np
import pytest

from .backends import on_compiled_jax, on_jax
from .cases import DIFFERENTIABLE
from .checks import assert_close, evaluated, over
from .evaluation import Evaluation, evaluate, first_order, probe

pytest.importorskip("jax")

FIRST = [case for case in DIFFERENTIABLE if case.compiled]
ONE_A_MODULE = list({case.operation.__module__: case for case in DIFFERENTIABLE}.values())


def assert_same_in_float32(case, found):
    for name, results, expected in zip(Evaluation._fields, found, evaluated(case)):
        assert {x.dtype for x in results if x.dtype.kind == "f"} == {np.dtype(np.float32)}
        assert_close(results, expected, of=name, tolerance=10 * case.tolerance)


@over(FIRST)
def test_compiled(case):
    found = on_compiled_jax(functools.partial(first_order, case), case.arrays(), probe(case).cotangents)
    assert_same_in_float32(case, found)


@pytest.mark.slow  # compiling takes long, and the same lines stand behind an operation's first case
@over([case for case in DIFFERENTIABLE if not case.compiled])
def test_other_cases_compiled(case):
    found = on_compiled_jax(functools.partial(first_order, case), case.arrays(), probe(case).cotangents)
    assert_same_in_float32(case, found)


@pytest.mark.slow
@over(FIRST)
def test_all_derivatives_compiled(case):
    assert_same_in_float32(case, on_compiled_jax(functools.partial(evaluate, case), case.arrays(), *probe(case)))


@pytest.mark.slow
@over(FIRST)
def test_bfloat16_stays_bfloat16(case):
    import jax

    def cast(arrays):
        return tuple(jax.numpy.asarray(x, "bfloat16" if x.dtype.kind == "f" else None) for x in arrays)

    arrays, cotangents = cast(case.arrays()), cast(probe(case).cotangents)
    found = on_compiled_jax(functools.partial(first_order, case), arrays, cotangents)
    for name, results, expected in zip(Evaluation._fields, found, evaluated(case)):
        assert {str(x.dtype) for x in results} == {"bfloat16"}
        assert_close(tuple(x.astype(np.float64) for x in results), expected, of=name, tolerance=0.05)


@over(ONE_A_MODULE)  # eagerly the same lines run, but XLA compiles them one by one, which takes long
def test_eager(case):
    value, gradients = on_jax(functools.partial(first_order, case), case.arrays(), probe(case).cotangents)
    assert_close(value, evaluated(case).value, of="value", tolerance=1e-10)
    assert_close(gradients, evaluated(case).gradients, of="gradient", tolerance=1e-10)
