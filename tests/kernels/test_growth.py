"""Steps of growing sequences on the CPU against the reference in double precision."""

import numpy as np
import pytest

from chainrule.kernels.cpu import growth as cpu
from chainrule.kernels.cpu.growth_stack import suits
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import growth as reference
from chainrule.kernels.reference.growth import LayerWeights


def close(found, expected, tolerance=5e-6):
    for x, y in zip(found, expected, strict=True):
        assert x.dtype == np.float32 and x.shape == y.shape
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


def operands(rng, leading, before, width, wide):
    shapes = (1, width), (1, width), (1, wide), (before, width), (before, wide)
    return [rng.standard_normal((*leading, *shape), dtype="f") for shape in shapes]


@pytest.mark.parametrize("leading", [(1, 1, 4), (2, 3, 2), (5, 2), (3,)], ids=str)
@pytest.mark.parametrize("before", [0, 1, 15, 40])
@pytest.mark.parametrize("widths", [(32, 32), (16, 48), (8, 5)])
def test_attention_step(rng, leading, before, widths):
    arrays = operands(rng, leading, before, *widths)
    expected = reference.attention_step(*(x.astype("d") for x in arrays), None, 0.3)
    close(cpu.attention_step(*arrays, None, 0.3), expected)


def test_hidden_places(rng):
    arrays = operands(rng, (2, 3, 2), 20, 32, 32)
    bias = np.where(rng.random((2, 3, 1, 1, 21)) < 0.5, 0, -np.inf).astype("f")
    bias[1, 2] = -np.inf  # sees nothing
    found = cpu.attention_step(*arrays, bias, 0.3)
    close(found, reference.attention_step(*(x.astype("d") for x in arrays), bias, 0.3))
    assert not found[0][1, 2].any()


def test_any_place_in_memory(rng, form):
    arrays = operands(rng, (3, 2), 10, 32, 32)
    expected = cpu.attention_step(*arrays, None, 0.3)
    for found, wanted in zip(cpu.attention_step(*map(form, arrays), None, 0.3), expected):
        np.testing.assert_array_equal(found, wanted)


def test_a_sequence_does_not_depend_on_its_neighbours(rng):
    arrays = operands(rng, (6, 3, 2), 10, 32, 32)
    together, alone = (cpu.attention_step(*some, None, 0.3) for some in (arrays, [x[2:3] for x in arrays]))
    for x, y in zip(together, alone):
        np.testing.assert_array_equal(x[2:3], y)


def layer_weights(rng, width, hidden, bias):
    def pair(*shape):
        return 0.2 * rng.standard_normal(shape, dtype="f"), rng.standard_normal(shape[0], dtype="f") if bias else None

    shapes = (3 * width, width), (width, width), (hidden, width), (width, hidden), (width,), (width,)
    return LayerWeights(*(pair(*shape) for shape in shapes))


@pytest.mark.parametrize("activation", ["relu", "gelu", "gelu_tanh"])
@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("leading", [(1, 1), (2, 3), (4,)], ids=str)
def test_layer_step(rng, activation, norm_first, bias, leading):
    x = rng.standard_normal((*leading, 1, 64), dtype="f")
    keys, values = (rng.standard_normal((*leading, 2, 9, 32), dtype="f") for _ in range(2))
    weights, options = layer_weights(rng, 64, 96, bias), (activation, norm_first, 1e-5)
    double = LayerWeights(*[[None if x is None else x.astype("d") for x in pair] for pair in weights])
    found = cpu.layer_step(x, keys, values, None, weights, *options)
    expected = reference.layer_step(*(part.astype("d") for part in (x, keys, values)), None, double, *options)
    close(found, expected, 1e-4)


def stack(rng, leading, before, bias, layers=3):
    x = rng.standard_normal((*leading, 1, 64), dtype="f")
    known = [[rng.standard_normal((*leading, 2, before, 32), dtype="f") for _ in range(2)] for _ in range(layers)]
    return x, [tuple(pair) for pair in known], [layer_weights(rng, 64, 96, bias) for _ in range(layers)]


@pytest.mark.parametrize("activation", ["relu", "gelu", "gelu_tanh"])
@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("leading", [(1, 1), (2, 4), (3, 4)], ids=str)
def test_layers_step(rng, activation, norm_first, bias, leading):
    x, known, weights = stack(rng, leading, 9, bias)
    found, after = cpu.layers_step(x, known, None, weights, activation, norm_first, 1e-5)
    double = [LayerWeights(*[[None if x is None else x.astype("d") for x in pair] for pair in own]) for own in weights]
    wide = [tuple(part.astype("d") for part in pair) for pair in known]
    expected, longer = reference.layers_step(x.astype("d"), wide, None, double, activation, norm_first, 1e-5)
    close([found, *sum(after, ())], [expected, *sum(longer, ())], 2e-4)


@pytest.mark.parametrize("before", [0, 1, 40])
def test_few_sequences_and_many_give_the_same_bits(rng, before):
    """The first run in one call, the others kernel by kernel."""
    x, known, weights = stack(rng, (6, 3), before, True)
    many, longer = cpu.layers_step(x, known, None, weights, "gelu_tanh", True, 1e-5)
    few = [tuple(part[1:3] for part in pair) for pair in known]
    assert suits(x[1:3], few, weights, "gelu_tanh") and not suits(x, known, weights, "gelu_tanh")
    found, after = cpu.layers_step(x[1:3], few, None, weights, "gelu_tanh", True, 1e-5)
    np.testing.assert_array_equal(found, many[1:3])
    for x, y in zip(sum(after, ()), sum(longer, ())):
        np.testing.assert_array_equal(x, y[1:3])


def test_threads_and_inputs_change_nothing(rng):
    x, known, weights = stack(rng, (2, 2), 20, True)
    before = x.copy()
    with threads(1):
        expected, _ = cpu.layers_step(x, known, None, weights, "relu", False, 1e-5)
    found, _ = cpu.layers_step(x, known, None, weights, "relu", False, 1e-5)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(x, before)
