"""The Transformer encoder-decoder: padding, a step that agrees with teacher forcing, search, tied tables."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.decoding import beam_search, greedy_search
from chainrule.models import Transformer, TransformerConfig

BEGIN, END = 1, 2
VARIANTS = [
    {},
    {"positions": "learned", "norm_first": False, "activation": "gelu", "max_length": 16},
    {"positions": "rotary", "tied": "all"},
    {"tied": "none"},
]


def make(**options):
    with cr.seed(0):
        return Transformer(TransformerConfig(9, 9, 2, 2, width=8, heads=2, **options)).eval()


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    source_lengths, target_lengths = np.array([5, 3, 1]), np.array([4, 2, 4])
    source, target = rng.integers(4, 9, (3, 5)), rng.integers(4, 9, (3, 4))
    target[:, 0] = BEGIN
    source[np.arange(5) >= source_lengths[:, None]] = 0
    target[np.arange(4) >= target_lengths[:, None]] = 0
    return source, source_lengths, target, target_lengths


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_a_step_agrees_with_teacher_forcing(options, batch):
    model = make(**options)
    source, source_lengths, target, target_lengths = batch
    scores = cr.ops.log_softmax(model(source, source_lengths, target, target_lengths)).numpy()
    memory, state = model.start_search(source, source_lengths)
    for t in range(4):
        found, state = model.decoder.step(target[:, t : t + 1], memory, state)
        np.testing.assert_allclose(found.numpy()[:, 0], scores[:, t], atol=2e-5)


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_padding_and_neighbours_change_nothing(options, batch):
    model = make(**options)
    source, source_lengths, target, target_lengths = batch
    together = model(source, source_lengths, target, target_lengths).numpy()
    for row in range(3):
        s, t = source_lengths[row], target_lengths[row]
        alone = model(source[row : row + 1, :s], source_lengths[row : row + 1], target[row : row + 1, :t]).numpy()
        np.testing.assert_allclose(together[row, :t], alone[0], atol=2e-5)


def test_no_place_sees_a_later_one(batch):
    model = make()
    source, source_lengths, target, _ = batch
    changed = target.copy()
    changed[:, 3] = 8
    before, after = (model(source, source_lengths, t).numpy() for t in (target, changed))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert not np.allclose(before[:, 3], after[:, 3])


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_every_parameter_gets_a_gradient(options, batch):
    model = make(**options).train()
    (model(*batch) ** 2).sum().backward()
    missing = [name for name, p in model.named_parameters() if p.grad is None or not np.abs(p.grad.numpy()).any()]
    assert missing == []


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_search_agrees_with_the_scores(options, batch):
    model = make(**options)
    source, source_lengths, _, _ = batch
    limits = {"count": 3, "begin": BEGIN, "end": END, "max_length": 12}
    memory, state = model.start_search(source, source_lengths)
    for row, answers in enumerate(beam_search(model.decoder.step, memory, state, width=4, n_best=3, **limits)):
        for answer in answers:
            written = np.array([[BEGIN, *answer.tokens]])
            s = source_lengths[row]
            scores = cr.ops.log_softmax(
                model(source[row : row + 1, :s], source_lengths[row : row + 1], written)
            ).numpy()[0]
            following = [*answer.tokens, END][: len(answer.tokens) + answer.finished]
            expected = sum(scores[t, symbol] for t, symbol in enumerate(following))
            assert answer.log_probability == pytest.approx(expected, abs=1e-4)
    assert len(greedy_search(model.decoder.step, memory, state, **limits)) == 3


def test_tied_tables_are_one_parameter():
    tables = {tied: make(tied=tied) for tied in ("none", "decoder", "all")}
    one = 9 * 8
    assert tables["none"].num_parameters() - tables["decoder"].num_parameters() == one
    assert tables["decoder"].num_parameters() - tables["all"].num_parameters() == one
    model = tables["all"]
    other = make(tied="all")
    other.load_state_dict(model.state_dict())
    assert other.encoder.embedding.symbols.weight is other.decoder.embedding.symbols.weight


def test_errors():
    with pytest.raises(ValueError, match="one vocabulary, but there are 9 source and 8 target symbols"):
        Transformer(TransformerConfig(9, 8, tied="all"))
    with pytest.raises(ValueError, match="expected tied to be none, decoder or all, but got 'both'"):
        make(tied="both")
    with pytest.raises(ValueError, match="positions must be one of learned, sinusoidal, rotary, but are 'alibi'"):
        make(positions="alibi")
