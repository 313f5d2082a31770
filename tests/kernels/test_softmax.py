"""Softmax and cross entropy on the CPU against the reference in double precision."""

import numpy as np
import pytest

from chainrule.kernels.cpu import softmax as cpu
from chainrule.kernels.reference import softmax as reference

SHAPES = [(1,), (7,), (3, 1), (5, 17), (2, 3, 64), (300, 33), (4, 3000), (70, 1000), (0, 5), (3, 0, 4)]


def close(found, expected, tolerance):
    assert found.dtype == np.float32 and found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_values_and_gradients(rng, shape, name):
    x, g = 5 * rng.standard_normal(shape, dtype="f"), rng.standard_normal(shape, dtype="f")
    expected = getattr(reference, name)(x.astype("d"))
    y = getattr(cpu, name)(x)
    close(y, expected, 2e-6)
    total = max(1.0, np.abs(g.sum(-1)).max(initial=0))
    expected = getattr(reference, f"{name}_backward")(g.astype("d"), expected)
    close(getattr(cpu, f"{name}_backward")(g, y) / np.float32(total), expected / total, 4e-6)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_any_place_in_memory(rng, form, name):
    x, g = rng.standard_normal((6, 37), dtype="f"), rng.standard_normal((6, 37), dtype="f")
    y = getattr(cpu, name)(x)
    np.testing.assert_array_equal(getattr(cpu, name)(form(x)), y)
    gradient = getattr(cpu, f"{name}_backward")
    np.testing.assert_array_equal(gradient(form(g), form(y)), gradient(g, y))


def test_extreme_scores():
    x = np.array([[1e38, -1e38, 0], [1e4, 1e4, -np.inf], [-1e4, -1e4 - 100, -1e4 - 1]], "f")
    np.testing.assert_allclose(cpu.softmax(x), reference.softmax(x.astype("d")), rtol=1e-6, atol=1e-37)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(cpu.log_softmax(x), reference.log_softmax(x.astype("d")), rtol=1e-6)


@pytest.mark.parametrize("odd", [np.nan, -np.nan, np.inf])
def test_nan_and_infinity_spoil_their_row_only(rng, odd):
    x = rng.standard_normal((3, 40), dtype="f")
    x[1, 7] = odd
    for name in ("softmax", "log_softmax"):
        y = getattr(cpu, name)(x)
        assert np.isnan(y[1]).any() and np.isfinite(y[[0, 2]]).all()
    losses, saved = cpu.cross_entropy(x, np.array([0, 1, 2]), 0.1, -100, save=True)
    assert np.isnan(losses[1]) and np.isfinite(losses[[0, 2]]).all()
    gradient = cpu.cross_entropy_backward(np.ones(3, "f"), x, np.array([0, 1, 2]), 0.1, -100, saved)
    assert np.isnan(gradient[1]).any() and np.isfinite(gradient[[0, 2]]).all()


def test_rows_without_any_score():
    with np.errstate(invalid="ignore"):
        assert np.isnan(reference.softmax(np.full((1, 4), -np.inf))).all()
    assert np.isnan(cpu.softmax(np.full((1, 4), -np.inf, "f"))).all()


def cross_entropies(kernels, g, logits, targets, smoothing):
    losses, saved = kernels.cross_entropy(logits, targets, smoothing, -100, save=True)
    return losses, kernels.cross_entropy_backward(g, logits, targets, smoothing, -100, saved)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 17), (33, 1000), (64, 2048), (0, 4)])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_cross_entropy(rng, shape, smoothing):
    logits, g = 5 * rng.standard_normal(shape, dtype="f"), rng.standard_normal(shape[0], dtype="f")
    targets = rng.integers(0, shape[1], shape[0])
    targets[::3] = -100
    found = cross_entropies(cpu, g, logits, targets, smoothing)
    expected = cross_entropies(reference, g.astype("d"), logits.astype("d"), targets, smoothing)
    close(found[0], expected[0], 2e-6)
    close(found[1], expected[1], 4e-6)
    assert not found[0][::3].any() and not found[1][::3].any()


def test_cross_entropy_saves_only_when_asked(rng):
    logits, targets = rng.standard_normal((4, 9), dtype="f"), np.arange(4)
    for kernels in (cpu, reference):
        losses, saved = kernels.cross_entropy(logits, targets, 0.1, -100, save=False)
        assert saved is None
        np.testing.assert_array_equal(losses, kernels.cross_entropy(logits, targets, 0.1, -100, save=True)[0])


def test_cross_entropy_at_any_place_in_memory(rng, form):
    logits, g, targets = rng.standard_normal((6, 37), dtype="f"), rng.standard_normal(6, dtype="f"), np.arange(6)
    expected = cross_entropies(cpu, g, logits, targets, 0.1)
    for found, wanted in zip(cross_entropies(cpu, form(g), form(logits), form(targets), 0.1), expected):
        np.testing.assert_array_equal(found, wanted)


def test_a_class_ruled_out_may_have_no_score():
    """A logit of minus infinity, as masks make it, costs nothing without smoothing."""
    logits, targets = np.array([[0.0, -np.inf, 1.0]], "f"), np.array([2])
    for kernels in (cpu, reference):
        losses, gradient = cross_entropies(kernels, np.ones(1, "f"), logits, targets, 0.0)
        assert losses == pytest.approx(np.log1p(np.exp(-1.0)), rel=1e-6)
        assert np.isfinite(gradient).all() and gradient[0, 1] == 0


@pytest.mark.parametrize("wrong", [-1, 5, 2**40])
def test_targets_outside_the_classes_are_refused(wrong):
    with pytest.raises(IndexError, match=f"targets from 0 to 4 or -100, but got {wrong}"):
        cpu.cross_entropy(np.zeros((2, 5), "f"), np.array([0, wrong]), 0.0, -100, save=False)


def test_targets_may_be_of_any_integer_type(rng):
    logits = rng.standard_normal((4, 9), dtype="f")
    expected = cpu.cross_entropy(logits, np.arange(4), 0.0, -100, save=False)[0]
    for kind in (np.int32, np.uint8):
        found = cpu.cross_entropy(logits, np.arange(4, dtype=kind), 0.0, -100, save=False)[0]
        np.testing.assert_array_equal(found, expected)


def test_double_precision_falls_back_to_the_reference(rng):
    x, g, targets = rng.standard_normal((4, 9)), rng.standard_normal((4, 9)), np.arange(4)
    for name in ("softmax", "log_softmax"):
        np.testing.assert_array_equal(getattr(cpu, name)(x), getattr(reference, name)(x))
        gradient = f"{name}_backward"
        np.testing.assert_array_equal(getattr(cpu, gradient)(g, x), getattr(reference, gradient)(g, x))
    for found, expected in zip(*(cross_entropies(k, g[:, 0], x, targets, 0.1) for k in (cpu, reference))):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("shape", [(5, 1), (40, 10), (33, 64), (33, 65), (300, 1000)])
def test_mean_cross_entropy(rng, shape, smoothing):
    logits, targets = 3 * rng.standard_normal(shape, dtype="f"), rng.integers(0, shape[1], shape[0])
    targets[1::3] = -100
    options = targets, smoothing, -100
    expected, kept = reference.mean_cross_entropy(logits.astype("d"), *options, save=True)
    mean, saved = cpu.mean_cross_entropy(logits, *options, save=True)
    close(mean, expected, 2e-6)
    gradient = cpu.mean_cross_entropy_backward(np.asarray(2.0, "f"), logits, *options, saved)
    expected = reference.mean_cross_entropy_backward(np.asarray(2.0), logits.astype("d"), *options, kept)
    close(gradient, expected, 2e-6)
    assert not gradient[targets == -100].any()


def test_mean_cross_entropy_saves_only_when_asked(rng):
    for kernels in (cpu, reference):
        assert (
            kernels.mean_cross_entropy(rng.standard_normal((4, 3), dtype="f"), np.arange(4) % 3, 0.0, -100, False)[1]
            is None
        )


@pytest.mark.parametrize("kernels", [cpu, reference])
@pytest.mark.parametrize("wrong", [5, -1, 2**40])
def test_mean_cross_entropy_refuses_what_is_no_class(kernels, wrong):
    with pytest.raises(IndexError, match=f"from 0 to 4 or -100, but got {wrong}"):
        kernels.mean_cross_entropy(np.zeros((2, 5), "f"), np.array([0, wrong]), 0.0, -100, save=False)
