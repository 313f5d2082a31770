"""A language model that goes on learning: methods, what a run keeps, what can be done with it, GPT-2, bad input."""

import shutil

import numpy as np
import pytest

import chainrule as cr
from chainrule.data import TextDataset
from chainrule.errors import CheckpointError, ConfigError
from chainrule.interop import save_model
from chainrule.models import LanguageModel, LanguageModelConfig
from chainrule.random import Generator
from chainrule.tasks.finetuning import generate
from chainrule.tasks.finetuning.bodies import body_from
from chainrule.tasks.finetuning.settings import GenerateSettings
from chainrule.tasks.finetuning.writer import Writer
from chainrule.tasks.pretraining import causal, masked
from chainrule.tasks.pretraining.generation import generate as write
from chainrule.training.progress import Progress

SMALL = {"layers": 1, "heads": 2, "width": 16, "context": 12, "batch_size": 16, "steps": 20, "learning_rate": 3e-3}


def pretrained(folder, task=causal):
    (folder / "a.txt").write_text("\n".join(a + b + c for a in "abcd" for b in "aeiou" for c in "nrst"))
    data = TextDataset.read(folder / "a.txt")
    settings = task.TASK.settings.from_mapping(SMALL, "a test")
    run = task.TASK.create_run(folder / "base", str(folder / "a.txt"), data, settings, None)
    task.TASK.make_trainer(run, data, Progress()).train()
    return run.path


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return pretrained(tmp_path_factory.mktemp("causal"))


def make_run(path, base, text="", **more):
    (path / "new.txt").write_text(text or "\n".join("ban" * n + a for n in (1, 2, 3) for a in "aeiou"))
    data = TextDataset.read(path / "new.txt")
    given = {"base": str(base), "steps": 40, "learning_rate": 1e-2, "warmup_steps": 2, "averaging": 0.0, **more}
    settings = GenerateSettings.from_mapping(given, "a test")
    return generate.TASK.create_run(path / "run", str(path / "new.txt"), data, settings, None), data


def trained(path, base, **more):
    run, data = make_run(path, base, **more)
    generate.TASK.make_trainer(run, data, Progress()).train()
    return run, data


@pytest.mark.parametrize("method", ["full", "gradual", "lora"])
def test_it_learns_the_new_texts(tmp_path, base, method):
    copy = shutil.copytree(base, tmp_path / "base")
    run, data = trained(tmp_path, copy, method=method, unfreeze_every=5, layer_decay=0.9)
    shutil.rmtree(copy)
    before, after = (Writer.open(cr.training.run.RunFolder.open(path)) for path in (base, run.path))
    texts = data.split("train")
    assert after.mean_loss(texts)[0] < before.mean_loss(texts)[0] - (0.1 if method == "lora" else 0.5)
    assert after.mean_loss(texts)[1] == before.mean_loss(texts)[1]
    assert write(after.model, after.marks, "b", symbols=8, generator=Generator(0))


def test_what_is_loaded_is_said(tmp_path, base):
    run, _ = make_run(tmp_path, base, method="lora")
    text = generate.TASK.introduce(run)
    assert f"LoRA from {base}" in text
    assert "updates.layers/*/linear1/weight.up (64, 8): drawn at random" in text
    (tmp_path / "other").mkdir()
    run, _ = make_run(tmp_path / "other", base, from_scratch=True)
    assert "from scratch\n  loaded       0 arrays" in generate.TASK.introduce(run)


def test_a_merged_change_computes_the_same(tmp_path, base):
    run, data = make_run(tmp_path, base, method="lora")
    trainer = generate.TASK.make_trainer(run, data, Progress())
    trainer.train()
    around, merged = trainer._model.eval(), Writer.open(run).model
    tokens = np.array([[1, 5, 6, 7]])
    np.testing.assert_allclose(merged(tokens).numpy(), around(tokens).numpy(), atol=1e-5)


def test_a_fine_tuned_model_is_a_base_again(tmp_path, base):
    run, _ = trained(tmp_path, base, method="lora")
    body, weights = body_from(str(run.path))
    assert set(weights) == set(body.model.state_dict())
    assert body.description["source"] == str(run.path)
    (tmp_path / "again").mkdir()
    again, _ = make_run(tmp_path / "again", run.path)
    assert "loaded      16 arrays" in generate.TASK.introduce(again)


def test_the_context_can_be_shorter(tmp_path, base):
    run, data = make_run(tmp_path, base, text="banana " * 40 + "\n\n" + "banana " * 40, context=6)
    assert run.config.data["as_stream"]
    batch = next(generate.TASK.make_trainer(run, data, Progress())._batches)
    assert batch.tokens.shape[1] == 7
    with pytest.raises(ConfigError, match=r"context must be at most the 12 symbols that .* sees, got 13"):
        make_run(tmp_path / "run", base, context=13)


def test_what_writes_no_texts(tmp_path):
    with pytest.raises(ConfigError, match="writes no texts: go on from a run of `chainrule pretrain causal`"):
        make_run(tmp_path, pretrained(tmp_path, masked))
    with pytest.raises(CheckpointError, match="is a run of the task 'masked', which writes no texts"):
        Writer.open(cr.training.run.RunFolder.open(tmp_path / "base"))


@pytest.fixture
def gpt2(tmp_path):
    """A folder with a small GPT-2 as it is published, its symbols being bytes and pairs of them."""
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.ByteLevelBPETokenizer()
    made.train_from_iterator(["ban banana café"] * 3, vocab_size=270)
    made.add_special_tokens(["<|endoftext|>"])
    assert made.token_to_id("!") == 0  # what pads stands for a sign of its own here
    with cr.seed(0):
        model = LanguageModel(LanguageModelConfig(made.get_vocab_size(), 1, width=16, heads=2, max_length=16))
    folder = save_model(model, tmp_path / "gpt2")
    made.save(str(folder / "tokenizer.json"))
    return folder


CAFES = "\n".join(f"café{a * n}" for n in range(1, 9) for a in "!?.")


def test_the_first_symbol_of_gpt2_is_no_padding(tmp_path, gpt2):
    run, data = make_run(tmp_path, gpt2, text=CAFES)
    batch = next(generate.TASK.make_trainer(run, data, Progress())._batches)
    following = causal.arrays_of(batch)["next"]
    assert (following == 0).any()
    assert (following != causal.NOTHING).sum() == (batch.lengths - 1).sum()


def test_gpt2_goes_on_with_its_own_tokenizer(tmp_path, gpt2):
    run, data = trained(tmp_path, gpt2, text=CAFES, steps=120)
    writer = Writer.open(run)
    assert writer.mean_loss(data.split("train"))[0] < 1.0
    pieces = []
    text = write(writer.model, writer.marks, "", symbols=12, generator=Generator(0), emit=pieces.append)
    assert "".join(pieces) == text
    assert text.startswith("café")
    assert all(len(piece) for piece in pieces)
