"""The causal language model: what it learns, on texts and on a stream."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.texts import TextDataset
from chainrule.errors import CheckpointError, ConfigError
from chainrule.tasks.pretraining import causal
from chainrule.tasks.pretraining.text import load_run_data, parts_of, read_tokenizer
from chainrule.training.objective import Part
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder

SMALL = {"layers": 1, "heads": 2, "width": 32, "context": 16, "batch_size": 8, "warmup_steps": 5}


def make_run(path, text, **more):
    (path / "data.txt").write_text(text)
    settings = causal.CausalSettings.from_mapping(SMALL | more, "a test")
    data = TextDataset.read(path / "data.txt")
    run = causal.TASK.create_run(path / "run", str(path / "data.txt"), data, settings, None)
    return run, data


def train(run, data):
    return causal.TASK.make_trainer(run, data, Progress()).train()


def test_it_learns_what_follows_what(tmp_path):
    text = "abcd" * 400 + "\n\n" + "abcd" * 100
    run, data = make_run(tmp_path, text, steps=120, learning_rate=1e-2)
    train(run, data)
    model, tokenizer = causal.load_model(run)
    stream = causal.encode(run, ("abcd" * 50,), causal.read_settings(run), tokenizer)
    loss, count = causal.mean_loss(model, stream.once())
    assert count == 201  # 200 symbols and the end
    assert loss < 0.3


@pytest.mark.parametrize(("text", "as_stream"), [("ann\nbob\nzoë\n", False), ("word " * 10 + "\nb\nc\n", True)])
def test_short_texts_are_learned_as_they_are_and_long_ones_as_a_stream(tmp_path, text, as_stream):
    run, _ = make_run(tmp_path, text + "\n".join(f"n{i}" for i in range(60)), steps=1)
    assert run.config.data["as_stream"] is as_stream


def test_the_loss_of_texts_is_the_mean_over_their_symbols_and_ends(tmp_path):
    run, data = make_run(tmp_path, "\n".join(f"x{i}" for i in range(100)), steps=1)
    train(run, data)
    model, tokenizer = causal.load_model(run)
    settings = causal.read_settings(run)
    texts = ("x1", "x23", "x4567")
    loss, count = causal.mean_loss(model, causal.encode(run, texts, settings, tokenizer).once())
    apart = [causal.mean_loss(model, causal.encode(run, (text,), settings, tokenizer).once()) for text in texts]
    assert count == sum(n for _, n in apart) == 13
    assert loss == pytest.approx(sum(mean * n for mean, n in apart) / count, rel=1e-5)
    assert 1.0 < loss < math.log(len(tokenizer)) + 1.0


@pytest.mark.parametrize("count", [2, 3, 50])
def test_parts_add_up_to_the_batch(tmp_path, count):
    run, data = make_run(tmp_path, "\n".join(f"x{i}" * (1 + i % 3) for i in range(100)), dropout=0.2)
    settings, tokenizer = causal.read_settings(run), read_tokenizer(run)
    model = causal.make_model(settings, tokenizer, cr.Generator(0))
    batch = next(causal.encode(run, data.split("train"), settings, tokenizer).training(0))

    def gradients(parts):
        model.zero_grad()
        with cr.Generator(1) as generator:
            generator.next_step()
            for part in parts:
                generator.part(part.rows)
                (causal.loss_of(model, causal.arrays_of(part.batch)) * part.share).backward()
        return {name: np.array(parameter.grad.numpy()) for name, parameter in model.named_parameters()}

    whole, found = gradients([Part(batch, None, 1.0)]), gradients(parts_of(batch, count, overlap=1))
    for name, gradient in whole.items():
        np.testing.assert_allclose(found[name], gradient, rtol=1e-4, atol=1e-6, err_msg=name)


def test_a_run_knows_its_data_and_tokenizer(tmp_path):
    run, data = make_run(tmp_path, "\n".join(f"x{i}" for i in range(100)), steps=1)
    again = RunFolder.open(run.path)
    assert load_run_data(again) == data
    assert read_tokenizer(again).encode("x1") == read_tokenizer(run).encode("x1")
    with pytest.raises(CheckpointError, match="is a run of the task 'causal', expected 'seq2seq'"):
        from chainrule.tasks.seq2seq.model import read_settings

        read_settings(again)


def test_heads_that_do_not_divide_the_width(tmp_path):
    with pytest.raises(ConfigError, match="width must be divisible by heads, got 32 and 5"):
        make_run(tmp_path, "a\nb\nc\n" * 50, heads=5)
