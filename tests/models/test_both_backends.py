"""One model and loss on both backends: twenty steps, dropout included, give the same losses."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.models import PlainSeq2Seq, PlainSeq2SeqConfig, Seq2Seq, Seq2SeqConfig, Transformer, TransformerConfig

STEPS = 20
F = cr.nn.functional


def batches():
    rng = np.random.default_rng(1)
    for _ in range(STEPS):
        lengths = rng.integers(1, 7, 8)
        source = np.where(np.arange(6) < lengths[:, None], rng.integers(4, 12, (8, 6)), 0)
        yield source, lengths, source[:, ::-1].copy()


def recurrent(**options):
    return Seq2Seq(Seq2SeqConfig(12, 12, embedding_size=8, encoder_size=8, decoder_size=16, dropout=0.3, **options))


def plain():
    return PlainSeq2Seq(PlainSeq2SeqConfig(12, 12, embedding_size=8, hidden_size=16))


def transformer(**options):
    return Transformer(TransformerConfig(12, 12, 1, 1, width=8, heads=2, dropout=0.1, **options))


def losses(backend: str, make, **options) -> list[float]:
    generator = cr.Generator(3)
    with generator:
        model = make(**options).to(backend)
        optimizer = cr.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)

        def step(source, lengths, target):
            logits = model(source, lengths, target)
            known = logits[..., :12].reshape(-1, 12)
            loss = F.cross_entropy(known, target.reshape(-1), label_smoothing=0.1, ignore_index=0)
            optimizer.zero_grad()
            loss.backward()
            cr.optim.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            return loss

        compiled = cr.compile(step, state=(model, optimizer, generator))
        return [float(compiled(*batch)) for batch in batches()]


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (recurrent, {}),
        (plain, {}),
        (recurrent, {"cell": "gru", "attention": "additive", "encoder_layers": 2}),
        (recurrent, {"input_feeding": True, "copies": tuple(range(12))}),
        (transformer, {"attention_dropout": 0.1, "positions": "rotary", "tied": "all"}),
        pytest.param(
            *(transformer, {"positions": "learned", "norm_first": False, "activation": "gelu"}), marks=pytest.mark.slow
        ),
    ],
)
def test_the_same_losses(make, options):
    pytest.importorskip("jax", reason="the JAX backend is an extra")
    ours = losses("numpy", make, **options)
    assert ours[-1] < ours[0]
    np.testing.assert_allclose(losses("jax", make, **options), ours, rtol=2e-4)
