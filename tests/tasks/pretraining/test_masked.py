"""The masked language model: what it learns and what it guesses."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.texts import TextDataset
from chainrule.data.token_batches import TokenBatch
from chainrule.data.tokenizers import CharacterTokenizer, SymbolTokenizer, WordTokenizer
from chainrule.errors import DataError
from chainrule.tasks.pretraining import masked
from chainrule.tasks.pretraining.masked_guesses import guess_masks
from chainrule.training.progress import Progress

SMALL = {"layers": 1, "heads": 2, "width": 32, "context": 16, "batch_size": 32, "warmup_steps": 5}
WORDS = [a * n + b * n for n in (1, 2, 3, 4) for a in "abcd" for b in "efgh"]


def make_run(path, words=WORDS, **more):
    (path / "words.txt").write_text("\n".join(words))
    settings = masked.MaskedSettings.from_mapping(SMALL | more, "a test")
    data = TextDataset.read(path / "words.txt")
    return masked.TASK.create_run(path / "run", str(path / "words.txt"), data, settings, None), data


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    run, data = make_run(tmp_path_factory.mktemp("masked"), steps=150, learning_rate=1e-2, mask_share=0.3)
    masked.TASK.make_trainer(run, data, Progress()).train()
    return run


def test_it_learns_to_guess_hidden_letters(trained):
    (first,), (second,) = (masks for masks in guess_masks(trained, ["aa<mask>aeeee", "bbbff<mask>"], n_best=2))
    assert first[0][0] == "a"
    assert second[0][0] == "f"
    assert first[0][1] > 0.5
    assert first[0][1] >= first[1][1]


@pytest.mark.parametrize(
    ("text", "message"),
    [("aaee", "there is no <mask> in 'aaee'"), ("a" * 20 + "<mask>", "has 23 symbols, but this model sees 16")],
)
def test_texts_that_cannot_be_guessed(trained, text, message):
    with pytest.raises(DataError, match=message):
        guess_masks(trained, [text])


def test_a_measurement_hides_the_same_symbols_every_time(trained):
    model, tokenizer = masked.load_model(trained)
    settings = masked.read_settings(trained)
    texts = masked.encode(trained, tuple(WORDS), settings, tokenizer)
    one, two = (masked.guess(model, texts.once(), masked.Masking(settings, tokenizer)) for _ in range(2))
    assert one == two
    assert one.error_rate < 0.6


@pytest.mark.parametrize("units", ["symbols", "words", "spans"])
def test_parts_add_up_to_the_batch(tmp_path, units):
    run, data = make_run(tmp_path, mask_units=units, dropout=0.2)
    trainer = masked.TASK.make_trainer(run, data, Progress())
    model, objective = trainer._model, trainer._objective
    batch = next(trainer._batches)

    def gradients(parts):
        model.zero_grad()
        with cr.Generator(1) as generator:
            generator.next_step()
            for part in parts:
                generator.part(part.rows)
                (objective.loss(model, objective.arrays(part.batch)) * part.share).backward()
        return {name: np.array(parameter.grad.numpy()) for name, parameter in model.named_parameters()}

    (whole,) = objective.split(batch, 1)
    expected, found = gradients([whole]), gradients(objective.split(batch, 3))
    for name, gradient in expected.items():
        np.testing.assert_allclose(found[name], gradient, rtol=1e-4, atol=1e-6, err_msg=name)


def test_the_same_position_hides_the_same_symbols(tmp_path):
    run, data = make_run(tmp_path)
    stream, again = (masked.TASK.make_trainer(run, data, Progress())._batches for _ in range(2))
    next(stream)
    position, expected = stream.position, next(stream)
    again.position = position
    np.testing.assert_array_equal(next(again).seen, expected.seen)


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (CharacterTokenizer.fit(["a b"]), [" "]),
        (SymbolTokenizer.fit(["a b"]), ["a", "b"]),
        (WordTokenizer.fit(["Well, yes"]), ["▁Well", "▁yes"]),
    ],
)
def test_what_begins_a_word(tokenizer, expected):
    ids = np.arange(4, len(tokenizer))[None]
    settings = masked.MaskedSettings(mask_units="words")
    begins = masked.Masking(settings, tokenizer)._begins[ids[0]]
    assert [tokenizer.symbols[i] for i in ids[0][begins]] == expected
    batch = masked.Masking(settings, tokenizer)(TokenBatch(ids, np.array([ids.shape[1]])), cr.Generator(0))
    assert batch.chosen.any()
