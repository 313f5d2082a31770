"""Batch normalisation on the CPU against the reference in double precision."""

import math

import numpy as np
import pytest

from chainrule.kernels.cpu import batch_norm as cpu
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import batch_norm as reference
from chainrule.kernels.reference.batch_norm import NO_LIMITS

ALL = (True, True, True, True)
RELU = (0.0, math.inf)


def images(rng, *shape):
    """Channels last in memory."""
    return np.moveaxis(rng.standard_normal((shape[0], *shape[2:], shape[1]), dtype="f"), -1, 1)


def run(kernels, operands, grads, limits=NO_LIMITS, wanted=ALL):
    y, mean, var, saved = kernels.batch_norm(*operands, 1e-5, limits, True)
    return y, mean, var, *kernels.batch_norm_backward((grads[0], *grads[1:]), *operands[:3], saved, limits, wanted)


def problem(rng, shape, affine=True, residual=True):
    x = 3 * images(rng, *shape) + 2
    weight, bias = rng.standard_normal((2, shape[1]), dtype="f") if affine else (None, None)
    grads = (images(rng, *shape), *rng.standard_normal((2, shape[1]), dtype="f"))
    return (x, weight, bias, images(rng, *shape) if residual else None), grads


@pytest.mark.parametrize(
    "shape", [(2, 1, 1, 1), (4, 17), (3, 5, 7), (3, 3, 33, 31), (2, 130, 3, 3), (2, 4500, 2), (9, 24, 40, 40)], ids=str
)
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("limits", [NO_LIMITS, RELU, (-0.5, 0.5)], ids=str)
def test_values_and_gradients(rng, shape, affine, residual, limits):
    operands, grads = problem(rng, shape, affine, residual)
    before, *_ = reference.batch_norm(*(None if a is None else a.astype("d") for a in operands), 1e-5, NO_LIMITS, False)
    if any(np.abs(before - limit).min() < 1e-5 for limit in limits):  # a rounding error would decide what is cut off
        operands = (operands[0], operands[1], None if operands[2] is None else operands[2] + 1e-4, operands[3])
    wanted = (True, affine, affine, residual)
    doubles = ([None if a is None else a.astype("d") for a in group] for group in (operands, grads))
    for found, expected in zip(run(cpu, operands, grads, limits, wanted), run(reference, *doubles, limits, wanted)):
        if expected is None:
            assert found is None
            continue
        assert found.dtype == np.float32 and found.shape == expected.shape
        wrong = np.abs(found - expected) > 2e-5 * max(1.0, np.abs(expected).max())
        assert wrong.sum() <= found.size // 100_000  # those at a limit


def test_any_place_in_memory(rng, form):
    operands, grads = problem(rng, (3, 5, 4, 2))
    expected = run(cpu, operands, grads, RELU)
    for found, wanted in zip(run(cpu, [form(a) for a in operands], [form(a) for a in grads], RELU), expected):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("kernels", [cpu, reference])
def test_only_what_is_wanted(rng, kernels):
    operands, grads = problem(rng, (3, 5, 4, 2))
    everything = run(kernels, operands, grads, RELU)[3:]
    for i in range(4):
        found = run(kernels, operands, grads, RELU, tuple(i == j for j in range(4)))[3:]
        assert [f is None for f in found] == [i != j for j in range(4)]
        np.testing.assert_array_equal(found[i], everything[i])
    assert kernels.batch_norm(*operands, 1e-5, RELU, False)[3] is None


def test_bits_do_not_depend_on_the_number_of_threads(rng):
    operands, grads = problem(rng, (16, 24, 40, 40))
    several = run(cpu, operands, grads, RELU)
    with threads(1):
        for one, more in zip(run(cpu, operands, grads, RELU), several):
            np.testing.assert_array_equal(one, more)


def test_images_stay_channels_last(rng):
    operands, grads = problem(rng, (2, 3, 4, 5))
    y, _, _, dx, *_ = run(cpu, operands, grads)
    assert y.strides == dx.strides == operands[0].strides


def test_digits_far_from_zero_are_kept(rng):
    """A channel of mean 1000 and deviation 1; the first element, far from all others, does no harm."""
    x = images(rng, 8, 2, 50, 50) + 1000
    x[0, :, 0, 0] = -1e4
    _, mean, var, _ = cpu.batch_norm(x, None, None, None, 0.0, NO_LIMITS, False)
    exact = x.astype("d")
    np.testing.assert_allclose(mean, exact.mean(axis=(0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(var, exact.var(axis=(0, 2, 3)), rtol=1e-5)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_nan_and_infinity_spoil_their_channel_only(rng, odd):
    operands, grads = problem(rng, (2, 3, 4, 4))
    operands[0][0, 1, 2, 2] = odd
    y, _, _, dx, dweight, *_ = run(cpu, operands, grads, RELU)
    for found in (y, dx):
        assert np.isnan(found[:, 1]).any() and np.isfinite(found[:, [0, 2]]).all()
    assert not np.isfinite(dweight[1]) and np.isfinite(dweight[[0, 2]]).all()


def test_double_precision_falls_back_to_the_reference(rng):
    operands, grads = ([a.astype("d") for a in group] for group in problem(rng, (2, 3, 4)))
    for found, expected in zip(run(cpu, operands, grads, RELU), run(reference, operands, grads, RELU)):
        np.testing.assert_array_equal(found, expected)
