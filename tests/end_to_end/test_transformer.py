"""The Transformers learn toy tasks to the last symbol."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.decoding import greedy_search
from chainrule.models import LanguageModel, LanguageModelConfig, Transformer, TransformerConfig

pytestmark = pytest.mark.slow

PAD, BEGIN, END, SYMBOLS = 0, 1, 2, 12
F = cr.nn.functional


def sequences(rng, count, longest=7):
    lengths = rng.integers(2, longest + 1, count)
    tokens = rng.integers(3, SYMBOLS, (count, longest))
    return np.where(np.arange(longest) < lengths[:, None], tokens, PAD), lengths


def answers(tokens, lengths, order):
    """Beginning, symbols in that order, end, padding."""
    made = np.full((len(tokens), tokens.shape[1] + 2), PAD)
    for row, (symbols, length) in enumerate(zip(tokens, lengths)):
        made[row, : length + 2] = [BEGIN, *symbols[:length][::order], END]
    return made


def train(model, loss_of, steps, rate):
    optimizer = cr.optim.AdamW(model.parameters(), lr=rate)
    schedule = cr.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps - 50, warmup_steps=50)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(model).backward()
        cr.optim.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()


@pytest.mark.parametrize(
    ("order", "options"),
    [
        (1, {"positions": "sinusoidal"}),
        (-1, {"positions": "learned", "norm_first": False}),
    ],
)
def test_copy_and_reverse(order, options):
    rng = np.random.default_rng(0)
    config = TransformerConfig(SYMBOLS, SYMBOLS, 1, 1, width=32, heads=4, dropout=0.0, max_length=16, **options)

    def loss_of(model):
        tokens, lengths = sequences(rng, 64)
        target = answers(tokens, lengths, order)
        logits = model(tokens, lengths, target[:, :-1])
        return F.cross_entropy(logits.reshape(-1, SYMBOLS), target[:, 1:].reshape(-1), ignore_index=PAD)

    model = train(Transformer(config, generator=cr.Generator(0)), loss_of, 600, 4e-3)
    tokens, lengths = sequences(np.random.default_rng(1), 200)
    memory, state = model.start_search(tokens, lengths)
    found = greedy_search(model.decoder.step, memory, state, count=200, begin=BEGIN, end=END, max_length=9)
    expected = [row[row > END].tolist() for row in answers(tokens, lengths, order)]
    wrong = sum(answer.tokens != right for answer, right in zip(found, expected))
    assert wrong == 0


@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_a_language_model_repeats_what_it_has_read(positions):
    rng = np.random.default_rng(0)
    config = LanguageModelConfig(SYMBOLS, 2, width=32, heads=4, dropout=0.0, max_length=16, positions=positions)

    def texts(rng, count):
        half = rng.integers(3, SYMBOLS, (count, 6))
        return np.concatenate([half, np.full((count, 1), BEGIN), half], axis=1)

    def loss_of(model):
        text = texts(rng, 64)
        logits = model(text[:, :-1])[:, 6:]
        return F.cross_entropy(logits.reshape(-1, SYMBOLS), text[:, 7:].reshape(-1))

    model = train(LanguageModel(config, generator=cr.Generator(0)), loss_of, 600, 4e-3)
    text = texts(np.random.default_rng(1), 100)
    memory, state = model.start_search(text[:, :6])
    found = greedy_search(model.step, memory, state, count=100, begin=BEGIN, end=END, max_length=6)
    assert sum(answer.tokens != right for answer, right in zip(found, text[:, 7:].tolist())) == 0
