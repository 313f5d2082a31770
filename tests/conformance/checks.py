"""What the tests of the harness share."""

import functools

import numpy as np
import pytest

from .backends import on_numpy
from .case import Case
from .evaluation import Evaluation, evaluate, probe


def over(cases: list[Case]) -> pytest.MarkDecorator:
    """Parametrise a test over cases."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


@functools.cache
def evaluated(case: Case) -> Evaluation:
    """The NumPy backend's results in float64: themselves checked by `test_derivatives`, and the standard elsewhere."""
    return on_numpy(functools.partial(evaluate, case), case.arrays(), *probe(case))


def assert_close(found: tuple, expected: tuple, *, of: str, tolerance: float) -> None:
    """Compare arrays, relative to the largest element of each."""
    assert len(found) == len(expected), of
    for x, y in zip(found, expected):
        assert x.shape == y.shape, f"{of}: shape {x.shape} where {y.shape} is expected"
        sizes = np.abs(y[np.isfinite(y)])
        scale = max(float(sizes.max(initial=0.0)), 1e-2)
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance * scale, err_msg=of)


def replaced(arrays: tuple, place: int, value: object) -> tuple:
    """`arrays` with another value at one place."""
    return (*arrays[:place], value, *arrays[place + 1 :])
