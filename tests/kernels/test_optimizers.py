"""Optimiser steps on the CPU against the rules of the reference in double precision."""

import numpy as np
import pytest

from chainrule.kernels.cpu import optimizers as cpu
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import optimizers as reference

SHAPES = [(5,), (3, 7), (1,), (0,), (), (400, 300), (17, 1, 9)]
ADAM = {"lr": 1e-2, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
SGD = {"lr": 1e-2, "momentum": 0.9, "dampening": 0.0, "nesterov": False, "weight_decay": 0.0}


def draw(rng):
    return [np.asarray(rng.standard_normal(shape, dtype="f")) for shape in SHAPES]


def doubled(arrays):
    return [np.array(a, dtype="d") for a in arrays]


def zeros(arrays):
    return [np.zeros_like(a) for a in arrays]


def assert_all_close(found, expected, tolerance=2e-6):
    for f, e in zip(found, expected, strict=True):
        np.testing.assert_allclose(f, e, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_adam(rng, decoupled, weight_decay):
    p = draw(rng)
    m, v = zeros(p), zeros(p)
    p2, m2, v2 = doubled(p), doubled(m), doubled(v)
    for step in range(1, 6):
        g, settings = draw(rng), {**ADAM, "weight_decay": weight_decay, "decoupled": decoupled, "step": step}
        kept = [a.copy() for a in g]
        cpu.adam_step(p, g, m, v, **settings)
        reference.adam_step(p2, doubled(g), m2, v2, **settings)
        assert_all_close(g, kept, 0)
        assert_all_close(p + m + v, p2 + m2 + v2)


@pytest.mark.parametrize(
    ("momentum", "dampening", "nesterov"), [(0.0, 0.0, False), (0.9, 0.0, False), (0.9, 0.3, False), (0.9, 0.0, True)]
)
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_sgd(rng, momentum, dampening, nesterov, weight_decay):
    p = draw(rng)
    buffers = zeros(p) if momentum else None
    p2, buffers2 = doubled(p), doubled(buffers) if momentum else None
    for step in range(1, 5):
        g = draw(rng)
        settings = {"lr": 1e-2, "momentum": momentum, "dampening": dampening, "nesterov": nesterov, "step": step}
        settings["weight_decay"] = weight_decay
        cpu.sgd_step(p, g, buffers, **settings)
        reference.sgd_step(p2, doubled(g), buffers2, **settings)
        assert_all_close(p + (buffers or []), p2 + (buffers2 or []))


def test_no_parameters():
    cpu.adam_step([], [], [], [], **ADAM, weight_decay=0.0, decoupled=False, step=1)
    cpu.sgd_step([], [], [], **SGD, step=1)
    cpu.sgd_step([], [], None, **SGD, step=1)
    assert cpu.sum_of_squares([]) == 0
    cpu.scale([], 2.0)


def test_lists_of_unequal_length_are_refused(rng):
    p = draw(rng)
    with pytest.raises(ValueError, match="lists of as many arrays"):
        cpu.adam_step(p, p[:2], zeros(p), zeros(p), **ADAM, weight_decay=0.0, decoupled=False, step=1)


def test_gradients_and_parameters_at_any_place_in_memory(rng, form):
    """What the kernel does not cover is done by the reference, in the same call."""
    start, g = rng.standard_normal((2, 6, 37), dtype="f")
    expected = [start.copy()], [np.zeros_like(start)], [np.zeros_like(start)]
    settings = {**ADAM, "weight_decay": 0.1, "decoupled": True, "step": 1}
    cpu.adam_step(expected[0], [g], *expected[1:], **settings)
    found = [form(start), start.copy()], [np.zeros_like(start)] * 2, [np.zeros_like(start) for _ in range(2)]
    found[1][1] = np.zeros_like(start)
    if not found[0][0].flags.writeable:
        with pytest.raises(ValueError, match="read-only"):
            cpu.adam_step(found[0], [form(g)] * 2, *found[1:], **settings)
        return
    cpu.adam_step(found[0], [form(g)] * 2, *found[1:], **settings)
    for mine, theirs in zip(found, expected):
        assert_all_close(mine, theirs * 2)


def test_double_precision_is_done_by_the_reference(rng):
    start, g = rng.standard_normal((2, 6))
    p, m, v = start.copy(), np.zeros(6), np.zeros(6)
    settings = {**ADAM, "weight_decay": 0.1, "decoupled": False, "step": 3}
    cpu.adam_step([p], [g], [m], [v], **settings)
    for found, expected in zip((p, m, v), reference.adam_rule(start, g, np.zeros(6), np.zeros(6), **settings)):
        np.testing.assert_array_equal(found, expected)


def test_nan_in_a_gradient_reaches_its_parameter(rng):
    p, g = rng.standard_normal((2, 40), dtype="f")
    g[3] = np.nan
    cpu.adam_step([p], [g], zeros([p]), zeros([p]), **ADAM, weight_decay=0.0, decoupled=False, step=1)
    assert np.isnan(p[3]) and np.isfinite(np.delete(p, 3)).all()


def test_the_rules_run_on_jax_and_stay_in_single_precision(rng):
    jax = pytest.importorskip("jax")
    p, g = rng.standard_normal((2, 9), dtype="f")
    settings = {**ADAM, "weight_decay": 0.1, "decoupled": True}
    compiled = jax.jit(lambda p, g, m, v, step: reference.adam_rule(p, g, m, v, **settings, step=step))
    state = (p, np.zeros(9, "f"), np.zeros(9, "f"))
    expected = tuple(a.astype("d") for a in state)
    for step in range(1, 4):
        state = compiled(state[0], g, *state[1:], np.int32(step))
        expected = reference.adam_rule(expected[0], g.astype("d"), *expected[1:], **settings, step=step)
    assert all(a.dtype == np.float32 for a in state)
    assert_all_close([np.asarray(a) for a in state], expected)


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.999])
def test_bias_correction(beta):
    for step in (1, 2, 10, 10_000):
        exact = 1.0 - beta**step
        assert reference.bias_correction(beta, step) == exact
        assert float(reference.bias_correction(beta, np.array(step))) == pytest.approx(exact, rel=1e-12)


def test_sum_of_squares_and_scale(rng, form):
    arrays = [np.asarray(form(x)) for x in (rng.standard_normal((300, 257), dtype="f"), *draw(rng)[:2])]
    exact = sum((x.astype("d") ** 2).sum() for x in arrays)
    assert cpu.sum_of_squares(arrays) == pytest.approx(exact, rel=1e-6)
    if arrays[0].flags.writeable:
        expected = [x * np.float32(0.3) for x in arrays]
        cpu.scale(arrays, 0.3)
        for found, scaled in zip(arrays, expected):
            np.testing.assert_array_equal(found, scaled)


def test_results_do_not_depend_on_the_number_of_threads(rng):
    arrays = [rng.standard_normal(shape, dtype="f") for shape in [(400, 300), (7,), (90_001,), (1,), (50_000,)]]
    found = []
    for count in (1, 2):
        with threads(count):
            found.append(cpu.sum_of_squares(arrays))
    assert found[0] == found[1]


def test_squares_that_are_not_finite_show(rng):
    arrays = draw(rng)
    arrays[1][0, 0] = np.inf
    assert np.isinf(cpu.sum_of_squares(arrays))
    arrays[5][7, 7] = np.nan
    assert np.isnan(cpu.sum_of_squares(arrays))
