"""A step of all layers in one kernel gives what the layers give one by one, and is left where it does not fit."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.decoding.unwritten import Unwritten
from chainrule.models import Transformer, TransformerConfig

SOURCE, LENGTHS = np.array([[4, 5, 6, 4, 7], [8, 4, 8, 0, 0], [6, 6, 6, 6, 0]]), np.array([5, 3, 4])
TOKENS = np.array([[1, 1], [4, 6], [5, 5], [7, 4]])


def make(**options):
    config = TransformerConfig(9, 8, **{"width": 32, "heads": 2, "feed_forward": 48, **options})
    return Transformer(config, generator=cr.Generator(0)).eval()


def steps(model, quick):
    """Probabilities of a few steps with two hypotheses of each source, which change places in between."""
    with cr.no_grad():
        hook = None if quick else model.decoder.layers[0].register_forward_hook(lambda module, args, result: None)
        memory, state = model.start_search(SOURCE, LENGTHS)
        if hook is not None:
            hook()
        assert (memory.quick is not None) == quick
        state, found = cr.tree_map(lambda part: cr.ops.concatenate([part, part], axis=1), state), []
        for tokens in TOKENS:
            log_probs, state = model.decoder.step(np.tile(tokens, (3, 1)), memory, state)
            assert isinstance(log_probs, Unwritten) == quick
            found.append(np.exp(log_probs.numpy()))
            state = cr.tree_map(lambda part: part[:, ::-1], state)
    return np.array(found)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"positions": "learned"},
        {"norm_first": False, "tied": "none"},
        {"activation": "gelu_tanh", "tied": "decoder", "decoder_layers": 1},
    ],
    ids=str,
)
def test_it_gives_what_the_layers_give(options):
    model = make(**options)
    np.testing.assert_allclose(steps(model, quick=True), steps(model, quick=False), atol=1e-6)


@pytest.mark.parametrize(
    "options", [{"positions": "rotary"}, {"activation": "gelu"}, {"width": 24}, {"feed_forward": 40}], ids=str
)
def test_other_decoders_go_part_by_part(options):
    with cr.no_grad():
        memory, _ = make(**options).start_search(SOURCE, LENGTHS)
    assert memory.quick is None and len(memory.layers) == 3


def test_a_tape_a_hook_and_dropout_go_part_by_part():
    model = make(dropout=0.2)
    assert model.start_search(SOURCE, LENGTHS)[0].quick is None  # recorded
    with cr.no_grad():
        assert model.start_search(SOURCE, LENGTHS)[0].quick is not None
        assert model.train().start_search(SOURCE, LENGTHS)[0].quick is None


def test_largest_are_those_of_what_would_be_written():
    with cr.no_grad():
        model = make()
        memory, state = model.start_search(SOURCE, LENGTHS)
        log_probs, _ = model.decoder.step(np.full((3, 1), 1), memory, state)
    assert isinstance(log_probs, Unwritten) and log_probs.shape == (3, 1, 8)
    written = np.array(log_probs, dtype=np.float64)
    written[..., 2] = -np.inf
    places, values = log_probs.largest(np.zeros((3, 1), np.float32), 3, np.array([2]))
    np.testing.assert_array_equal(places, np.argsort(-written[:, 0], axis=1)[:, :3])
    np.testing.assert_allclose(values, -np.sort(-written[:, 0], axis=1)[:, :3], rtol=1e-5)
