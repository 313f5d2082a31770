"""Steps of a search with a Transformer on the CPU against the reference in double precision."""

import numpy as np
import pytest

from chainrule.kernels.cpu import transformer_search as cpu
from chainrule.kernels.cpu.past import CHUNK
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import transformer_search as reference
from chainrule.kernels.reference.transformer_search import BesideWeights, LayerOptions

COUNT, HEADS, PART, HIDDEN, BEAMS = 3, 2, 16, 48, 3
WIDTH = HEADS * PART


def weights(rng, bias):
    def pair(*shape):
        return 0.3 * rng.standard_normal(shape, dtype="f"), rng.standard_normal(shape[0], dtype="f") if bias else None

    square = (WIDTH, WIDTH)
    matrices = (3 * WIDTH, WIDTH), square, square, square, (HIDDEN, WIDTH), (WIDTH, HIDDEN)
    return BesideWeights(*(pair(*shape) for shape in matrices), *(pair(WIDTH) for _ in range(3)))


def search(rng, places=7, bias=True, activation="relu", norm_first=True, layers=2):
    """What `prepare_places` takes."""
    shape = COUNT, HEADS, places, PART
    memories = [tuple(rng.standard_normal(shape, dtype="f") for _ in range(2)) for _ in range(layers)]
    visible = np.arange(places) < rng.integers(1, places + 1, COUNT)[:, None]
    return [weights(rng, bias) for _ in range(layers)], memories, visible, LayerOptions(activation, norm_first, 1e-5)


def in_double(layers, memories, visible, options):
    def wide(array):
        return None if array is None else array.astype("d")

    layers = [BesideWeights(*(tuple(map(wide, pair)) for pair in own)) for own in layers]
    return layers, [tuple(map(wide, pair)) for pair in memories], visible, options


def take_steps(module, given, inputs, choices, sources=None):
    """All results of steps between which the beams are chosen anew."""
    prepared, found = module.prepare_places(*given), []
    sources = np.arange(COUNT) if sources is None else sources
    places = np.zeros((len(sources), BEAMS, 0), np.int64)
    for x, chosen in zip(inputs, choices):
        y, places = module.read_places(x, places, sources, prepared)
        found.append(y)
        places = places[np.arange(len(sources))[:, None], chosen]
    return np.array(found)


def steps_of(rng, steps, count=COUNT):
    shape = count, BEAMS
    return rng.standard_normal((steps, *shape, WIDTH), dtype="f"), rng.integers(0, BEAMS, (steps, *shape))


@pytest.mark.parametrize("activation", ["relu", "gelu_tanh"])
@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("places", [1, 7, 40, 300])
def test_read_places(rng, activation, norm_first, bias, places):
    given = search(rng, places, bias, activation, norm_first)
    inputs, choices = steps_of(rng, 5)
    found = take_steps(cpu, given, inputs, choices)
    expected = take_steps(reference, in_double(*given), inputs.astype("d"), choices)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-4)


def test_more_places_than_a_chunk(rng):
    given, (inputs, choices) = search(rng, layers=1), steps_of(rng, CHUNK // (COUNT * BEAMS) + 5)
    found = take_steps(cpu, given, inputs, choices)
    np.testing.assert_allclose(found, take_steps(reference, given, inputs, choices), rtol=1e-3, atol=1e-3)


def test_a_source_does_not_depend_on_its_neighbours(rng):
    given, (inputs, choices) = search(rng), steps_of(rng, 4)
    together = take_steps(cpu, given, inputs, choices)
    alone = take_steps(cpu, given, inputs[:, 1:2], choices[:, 1:2], np.array([1]))
    np.testing.assert_array_equal(alone, together[:, 1:2])


def test_a_state_can_be_gone_on_with_twice(rng):
    prepared, (inputs, _) = cpu.prepare_places(*search(rng)), steps_of(rng, 2)
    start, sources = np.zeros((COUNT, BEAMS, 0), np.int64), np.arange(COUNT)
    _, places = cpu.read_places(inputs[0], start, sources, prepared)
    first, _ = cpu.read_places(inputs[1], places, sources, prepared)
    again, _ = cpu.read_places(inputs[1], places, sources, prepared)
    np.testing.assert_array_equal(first, again)


def test_a_source_of_which_nothing_is_visible(rng):
    layers, memories, visible, options = search(rng)
    visible[1] = False
    inputs, choices = steps_of(rng, 2)
    given = layers, memories, visible, options
    found = take_steps(cpu, given, inputs, choices)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, take_steps(reference, given, inputs, choices), rtol=1e-3, atol=1e-3)


def test_threads_and_inputs_change_nothing(rng):
    given, (inputs, choices) = search(rng), steps_of(rng, 3)
    before = inputs.copy()
    with threads(1):
        expected = take_steps(cpu, given, inputs, choices)
    np.testing.assert_array_equal(take_steps(cpu, given, inputs, choices), expected)
    np.testing.assert_array_equal(inputs, before)


def test_what_it_cannot_do_is_said(rng):
    assert cpu.prepare_places(*search(rng, activation="gelu")) is None
    assert cpu.prepare_places(*in_double(*search(rng))) is None
