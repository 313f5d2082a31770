"""The loss of a sequence-to-sequence model: parts of a batch, scheduled sampling, R-Drop."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.batching import evaluation_batches
from chainrule.data.pairs import Pairs
from chainrule.data.sequences import encode_pairs
from chainrule.data.tokenizers import CharacterTokenizer
from chainrule.models import Seq2Seq, Seq2SeqConfig
from chainrule.tasks.seq2seq.loss import SequenceLoss, arrays_of, parts_of

WORDS = ["a", "bc", "cab", "abcab", "bb", "cacbca", "ba"]


@pytest.fixture
def batch():
    tokenizer = CharacterTokenizer.fit(WORDS)
    pairs = Pairs.group((word, word[::-1] * (1 + len(word) % 3)) for word in WORDS)
    return next(evaluation_batches(encode_pairs(pairs, tokenizer, tokenizer), max_tokens=1000, max_rows=100))


@pytest.fixture
def model():
    shape = Seq2SeqConfig(7, 7, embedding_size=8, encoder_size=8, decoder_size=16, dropout=0.3)
    return Seq2Seq(shape, generator=cr.Generator(0))


def gradients(model, loss, parts, seed=1):
    """The loss and the gradients, added up over parts (arrays, rows, share) of one step."""
    model.zero_grad()
    total = 0.0
    with cr.Generator(seed) as generator:
        generator.next_step()
        for arrays, rows, share in parts:
            generator.part(rows)
            part = loss(model, arrays) * share
            part.backward()
            total += part.item()
    return total, {name: np.array(parameter.grad.numpy()) for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("loss", [SequenceLoss(0.1), SequenceLoss(0.0, 0.4, 0.5)])
@pytest.mark.parametrize("count", [2, 3, 7, 50])
def test_parts_add_up_to_the_batch(model, batch, loss, count):
    whole, expected = gradients(model, loss, [(arrays_of(batch), None, 1.0)])
    parts = [(arrays_of(part.batch), part.rows, part.share) for part in parts_of(batch, count)]
    assert len(parts) == min(count, len(batch))
    assert sum(share for _, _, share in parts) == pytest.approx(1.0)
    total, found = gradients(model, loss, parts)
    assert total == pytest.approx(whole, rel=1e-5)
    for name, gradient in expected.items():
        np.testing.assert_allclose(found[name], gradient, rtol=1e-4, atol=1e-6, err_msg=name)


def test_scheduled_sampling_gives_guesses_but_keeps_what_marks_the_beginning_and_the_padding(model, batch):
    seen = []

    class Spy:
        def __call__(self, source, source_lengths, target, target_lengths):
            seen.append(np.asarray(target))
            return model(source, source_lengths, target, target_lengths)

    with cr.Generator(2) as generator:
        generator.next_step()
        SequenceLoss(scheduled_sampling=0.5)(Spy(), arrays_of(batch))
    given, mixed = seen
    np.testing.assert_array_equal(given, batch.target_in)
    np.testing.assert_array_equal(mixed[:, 0], given[:, 0])
    np.testing.assert_array_equal(mixed[given == 0], 0)
    changed = (mixed != given).sum() / (given[:, 1:] != 0).sum()
    assert 0.2 < changed < 0.7  # half are guesses, and a guess may be right


def test_r_drop_without_dropout_adds_nothing(model, batch):
    model.eval()
    plain = SequenceLoss(0.1)(model, arrays_of(batch)).item()
    assert SequenceLoss(0.1, r_drop=5.0)(model, arrays_of(batch)).item() == pytest.approx(plain, rel=1e-6)


def test_r_drop_is_the_symmetric_divergence(model, batch):
    arrays = arrays_of(batch)
    with cr.Generator(3) as generator:
        generator.next_step()
        found = SequenceLoss(r_drop=2.0)(model, arrays).item()
    with cr.Generator(3) as generator:
        generator.next_step()
        p, q = (
            cr.ops.log_softmax(
                model(arrays["source"], arrays["source_lengths"], arrays["target_in"], arrays["target_lengths"])
            ).numpy()
            for _ in range(2)
        )
    known, answers = arrays["target_out"] != 0, arrays["target_out"][..., None]
    entropy = [-np.take_along_axis(x, answers, -1)[..., 0][known].mean() for x in (p, q)]
    divergence = ((np.exp(p) * (p - q)).sum(-1) + (np.exp(q) * (q - p)).sum(-1))[known].mean() / 2
    assert found == pytest.approx(sum(entropy) / 2 + 2.0 * divergence, rel=1e-5)
