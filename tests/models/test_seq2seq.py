"""The recurrent encoder-decoder: shapes, padding, a step that agrees with teacher forcing, decoding."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.decoding import beam_search, greedy_search
from chainrule.models import Seq2Seq, Seq2SeqConfig, seq2seq_encode_decode

BEGIN, END = 1, 2


def make(**options):
    sizes = {"embedding_size": 6, "encoder_size": 5, "decoder_size": 8}
    with cr.seed(0):
        return Seq2Seq(Seq2SeqConfig(source_vocabulary=9, target_vocabulary=7, **{**sizes, **options})).eval()


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    source_lengths, target_lengths = np.array([5, 3, 1]), np.array([4, 2, 4])
    source, target = rng.integers(4, 9, (3, 5)), rng.integers(4, 7, (3, 4))
    target[:, 0] = BEGIN
    source[np.arange(5) >= source_lengths[:, None]] = 0
    target[np.arange(4) >= target_lengths[:, None]] = 0
    return source, source_lengths, target, target_lengths


VARIANTS = [
    {},
    {"cell": "gru"},
    {"attention": "general"},
    {"attention": "additive"},
    {"encoder_layers": 2, "decoder_layers": 2},
    {"decoder_size": 10, "attention": "dot"},
    {"input_feeding": True},
    {"copies": (0, 1, 2, 3, 4, -1, 5, -1, 6)},
    {"input_feeding": True, "cell": "gru", "attention": "additive", "decoder_layers": 2},
]


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_a_step_agrees_with_teacher_forcing(options, batch):
    model = make(**options)
    source, source_lengths, target, target_lengths = batch
    scores = cr.ops.log_softmax(model(source, source_lengths, target, target_lengths)).numpy()
    memory, state = model.start_search(source, source_lengths)
    for t in range(4):
        found, state = model.decoder.step(target[:, t : t + 1], memory, state)
        inside = t < target_lengths
        np.testing.assert_allclose(np.exp(found.numpy()[inside, 0]), np.exp(scores[inside, t]), atol=2e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_symbols_that_stand_at_many_places_are_multiplied_once(cell, batch):
    """The same scores and gradients as from their embeddings, which are made when somebody wants to see them."""
    model = make(cell=cell)
    source, source_lengths, target, target_lengths = (np.concatenate([part] * 4) for part in batch)
    results, seen = [], []
    for _ in range(2):
        logits = model(source, source_lengths, target, target_lengths)
        (logits * logits).sum().backward()
        results.append([logits.numpy(), *(p.grad.numpy() for p in model.parameters())])
        model.zero_grad()
        assert len(seen) == 2 * (len(results) - 1)
        for side in (model.encoder, model.decoder):
            side.embedding.register_forward_hook(lambda module, args, result: seen.append(result.shape))
    inside = np.arange(4) < target_lengths[:, None]
    np.testing.assert_allclose(results[0][0][inside], results[1][0][inside], atol=2e-5)
    for ours, theirs in zip(*(result[1:] for result in results), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5 * np.abs(theirs).max(initial=1))


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_padding_and_neighbours_change_nothing(options, batch):
    model = make(**options)
    source, source_lengths, target, target_lengths = batch
    together = model(source, source_lengths, target, target_lengths).numpy()
    for row in range(3):
        s, t = source_lengths[row], target_lengths[row]
        alone = model(source[row : row + 1, :s], source_lengths[row : row + 1], target[row : row + 1, :t]).numpy()
        np.testing.assert_allclose(together[row, :t, : alone.shape[-1]], alone[0], atol=2e-5)


def test_every_parameter_gets_a_gradient(batch):
    model = make(encoder_layers=2, attention="additive").train()
    model(*batch).sum().backward()
    missing = [name for name, p in model.named_parameters() if p.grad is None or not np.abs(p.grad.numpy()).any()]
    # What is added to all scores alike does not change the weights, and the gradient of the sum of outputs is even.
    assert missing == []


@pytest.mark.parametrize("options", [{}, {"input_feeding": True, "copies": (*range(4), 4, -1, 5, -1, 6)}], ids=str)
def test_gradients_against_finite_differences(options, batch):
    model = make(embedding_size=3, encoder_size=2, decoder_size=4, **options)
    source, source_lengths, target, target_lengths = batch
    parameters = {name: p.numpy().astype(np.float64) for name, p in model.named_parameters()}

    def loss(values):
        logits = cr.functional_call(model, values, source, source_lengths, target, target_lengths)
        inside = np.arange(4) < target_lengths[:, None]
        return (cr.ops.log_softmax(logits)[..., 4] * inside).sum()

    cr.gradcheck(loss, (parameters,))


def test_search_agrees_with_the_scores(batch):
    model = make(attention="general")
    source, source_lengths, _, _ = batch
    memory, state = model.start_search(source, source_lengths)
    limits = {"count": 3, "begin": BEGIN, "end": END, "max_length": 12}
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


def test_encode_decode_in_its_three_uses(batch):
    model = make()
    source, source_lengths, target, target_lengths = batch
    logits = seq2seq_encode_decode(source, model.encoder, model.decoder, target, input_lengths=source_lengths)
    inside = np.arange(4) < target_lengths[:, None]
    np.testing.assert_allclose(logits.numpy()[inside], model(*batch).numpy()[inside], atol=1e-5)
    free = seq2seq_encode_decode(source, model.encoder, model.decoder, input_lengths=source_lengths, max_length=6)
    memory, state = model.start_search(source, source_lengths)
    limits = {"count": 3, "begin": BEGIN, "end": END, "max_length": 6}
    assert free == greedy_search(model.decoder.step, memory, state, **limits)
    wide = seq2seq_encode_decode(
        source, model.encoder, model.decoder, input_lengths=source_lengths, max_length=6, width=3
    )
    assert len(wide) == 3
