"""Kinds of arrays: float32, read-only, transposed, strided; scalars and integers among them."""

import functools

import numpy as np

from chainrule import Tensor

from .backends import on_numpy
from .case import Case
from .cases import CASES, DIFFERENTIABLE
from .checks import assert_close, evaluated, over, replaced
from .evaluation import evaluate, first_order, floating, probe

ELEMENTWISE = [case for case in CASES if case.elementwise]


@over(DIFFERENTIABLE)
def test_order_of_memory_changes_no_number(case):
    for spread in (_transposed, _reversed_and_strided):
        arrays, cotangents = tuple(map(spread, case.arrays())), tuple(map(spread, probe(case).cotangents))
        value, gradients = on_numpy(functools.partial(first_order, case), arrays, cotangents)
        assert_close(value, evaluated(case).value, of=spread.__name__, tolerance=1e-12)
        assert_close(gradients, evaluated(case).gradients, of=spread.__name__, tolerance=1e-12)


def _transposed(x: np.ndarray) -> np.ndarray:
    return x.T.copy().T


def _reversed_and_strided(x: np.ndarray) -> np.ndarray:
    wide = np.zeros(tuple(2 * n for n in x.shape), x.dtype)
    view = wide[(..., *(slice(None, None, -2) for _ in x.shape))]
    view[...] = x
    return view


@over(DIFFERENTIABLE)
def test_float32_stays_float32_and_inputs_are_not_changed(case):
    arrays = tuple(map(_as_float32, case.arrays()))
    cotangents = tuple(map(_as_float32, probe(case).cotangents))
    before = [x.copy() for x in (*arrays, *cotangents)]
    value, gradients = on_numpy(functools.partial(first_order, case), arrays, cotangents)
    assert {x.dtype for x in gradients} == {np.dtype(np.float32)}
    assert all(x.dtype == np.float32 for x in value if x.dtype.kind == "f")
    assert_close(value, evaluated(case).value, of="value", tolerance=case.tolerance)
    assert_close(gradients, evaluated(case).gradients, of="gradient", tolerance=case.tolerance)
    for array, kept in zip((*arrays, *cotangents), before):
        np.testing.assert_array_equal(array, kept, err_msg="the operation wrote to its input")


@over(DIFFERENTIABLE)
def test_higher_derivatives_of_what_fused_kernels_kept(case):
    """In float32 the forward pass may be a fused kernel, and the derivative of its derivative array code."""
    cotangents, directions = (tuple(map(_as_float32, vectors)) for vectors in probe(case))
    found = on_numpy(functools.partial(evaluate, case), tuple(map(_as_float32, case.arrays())), cotangents, directions)
    assert_close(found.second, evaluated(case).second, of="second derivative", tolerance=10 * case.tolerance)
    assert_close(found.tangents, evaluated(case).tangents, of="tangent", tolerance=10 * case.tolerance)


def _as_float32(x: np.ndarray) -> np.ndarray:
    made = x.astype(np.float32) if x.dtype.kind == "f" else x.copy()
    made.flags.writeable = False
    return made


@over(ELEMENTWISE)
def test_results_keep_the_order_of_memory(case):
    arrays = tuple(_channels_last(x) for x in case.arrays())
    value, gradients = first_order(case, arrays, (_channels_last(np.ones(1)),))
    for array in (*value, *gradients):
        assert array.strides == arrays[0].strides


def _channels_last(x: np.ndarray) -> np.ndarray:
    """An array of shape (2, 3, 4) with the second axis last in memory."""
    return np.repeat(x.ravel()[:1], 24).reshape(2, 4, 3).transpose(0, 2, 1)


@over(ELEMENTWISE)
def test_scalars_are_weak_and_integers_have_no_gradient(case):
    arrays = tuple(map(_as_float32, case.arrays()))
    for place in floating(arrays) if len(floating(arrays)) > 1 else ():
        number = case.arrays()[place].ravel()[0]
        for other in (number, float(number), np.ones(arrays[place].shape, np.int64)):
            mixed = tuple(Tensor(x) for x in replaced(arrays, place, np.zeros(0)))
            mixed = replaced(mixed, place, other)
            for x in mixed:
                if x is not other and x.dtype.kind == "f":
                    x.requires_grad_()
            _assert_float32(case, mixed, replaced(case.arrays(), place, np.asarray(other)))


def _assert_float32(case: Case, mixed: tuple, plain: tuple) -> None:
    (result,) = case.run(*mixed)
    assert result.dtype == np.float32
    assert_close((result.numpy(),), case.expected(*plain), of="value", tolerance=case.tolerance)
    result.sum().backward()
    grads = [x.grad for x in mixed if isinstance(x, Tensor) and x.requires_grad]
    assert all(grad.dtype == np.float32 for grad in grads)
