"""The shorter way through a search's step gives what the layers give one by one, and is left where it does not fit."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.models import Seq2Seq, Seq2SeqConfig, quick_search

SOURCE, LENGTHS = np.array([[4, 5, 6, 4, 7], [8, 4, 8, 0, 0], [6, 6, 6, 6, 0]]), np.array([5, 3, 4])
TOKENS = np.array([[1, 1], [4, 6], [5, 5], [7, 4]])


def make(**options):
    config = Seq2SeqConfig(9, 8, embedding_size=6, encoder_size=16, decoder_size=32, **options)
    return Seq2Seq(config, generator=cr.Generator(0)).eval()


def steps(model, quick):
    """Log-probabilities of a few steps with two hypotheses of each source."""
    with cr.no_grad():
        memory, state = model.start_search(SOURCE, LENGTHS)
        assert (memory.quick is not None) or not quick
        memory = memory if quick else memory._replace(quick=None)
        state, found = cr.tree_map(lambda part: cr.ops.concatenate([part, part], axis=1), state), []
        for tokens in TOKENS:
            log_probs, state = model.decoder.step(np.tile(tokens, (3, 1)), memory, state)
            found.append(np.exp(log_probs.numpy()))
    return np.array(found)


@pytest.mark.parametrize("few", [1024, 4])
@pytest.mark.parametrize("options", [{}, {"attention": "general"}, {"copies": (*range(6), -1, 7, -1)}], ids=str)
def test_it_gives_what_the_layers_give(options, few, monkeypatch):
    monkeypatch.setattr(quick_search, "_FEW_SYMBOLS", few)
    model = make(**options)
    np.testing.assert_allclose(steps(model, quick=True), steps(model, quick=False), atol=1e-6)


@pytest.mark.parametrize(
    "options", [{"cell": "gru"}, {"attention": "additive"}, {"decoder_layers": 2}, {"input_feeding": True}], ids=str
)
def test_other_decoders_go_part_by_part(options):
    with cr.no_grad():
        assert make(**options).start_search(SOURCE, LENGTHS)[0].quick is None


def test_a_tape_a_hook_and_dropout_go_part_by_part():
    model = make(dropout=0.2)
    assert model.start_search(SOURCE, LENGTHS)[0].quick is None  # recorded
    with cr.no_grad():
        assert model.start_search(SOURCE, LENGTHS)[0].quick is not None
        remove = model.decoder.attention.register_forward_hook(lambda module, args, result: None)
        assert model.start_search(SOURCE, LENGTHS)[0].quick is None
        remove()
        assert model.train().start_search(SOURCE, LENGTHS)[0].quick is None
