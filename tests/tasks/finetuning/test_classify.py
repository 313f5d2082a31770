"""Fine-tuning on labelled texts: methods, what a run keeps, and that pre-training helps where it must."""

import re
import shutil

import numpy as np
import pytest

from chainrule.data.labelled import LabelledTextDataset
from chainrule.data.texts import TextDataset
from chainrule.errors import ConfigError, DataError, WeightsError
from chainrule.random import Generator
from chainrule.tasks.finetuning import classify
from chainrule.tasks.finetuning.policy import depth_of, optimizer_with_paces
from chainrule.tasks.finetuning.text_classifier import TextPredictor
from chainrule.tasks.pretraining import causal, masked
from chainrule.training.progress import Progress

SMALL = {"layers": 2, "heads": 2, "width": 16, "context": 16, "batch_size": 16, "steps": 30, "learning_rate": 3e-3}
WORDS = [a * n + b for n in (1, 2, 3, 4, 5) for a in "abcdef" for b in "xyz"]


@pytest.fixture(scope="module", params=["masked", "causal"])
def base(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "words.txt").write_text("\n".join(WORDS))
    task = {"masked": masked, "causal": causal}[request.param].TASK
    data = TextDataset.read(folder / "words.txt")
    run = task.create_run(
        folder / "run", str(folder / "words.txt"), data, task.settings.from_mapping(SMALL, "a test"), None
    )
    task.make_trainer(run, data, Progress()).train()
    return run.path


def make_run(path, base, **more):
    rows = "".join(f"{word}\t{'last' if word[0] > 'c' else 'first'}\n" for word in WORDS)
    (path / "rows.tsv").write_text(rows)
    settings = classify.ClassifySettings.from_mapping({"base": str(base), "steps": 40, **more}, "a test")
    data = LabelledTextDataset.read(path / "rows.tsv")
    return classify.TASK.create_run(path / "run", str(path / "rows.tsv"), data, settings, None), data


def trained(path, base, **more):
    run, data = make_run(path, base, learning_rate=1e-2, warmup_steps=2, **more)
    classify.TASK.make_trainer(run, data, Progress()).train()
    return run, data


@pytest.mark.parametrize("method", ["full", "gradual", "lora"])
def test_every_method_learns(tmp_path, base, method):
    run, data = trained(tmp_path, base, method=method, unfreeze_every=5, layer_decay=0.8)
    score = TextPredictor.open(run).score(data.split("train"))
    assert score.accuracy > 0.9
    assert score.texts == len(data.split("train"))
    assert score.interval[0] <= score.accuracy <= score.interval[1]


def test_a_frozen_body_stays_as_it_was(tmp_path, base):
    run, data = make_run(tmp_path, base, method="frozen")
    trainer = classify.TASK.make_trainer(run, data, Progress())
    before = {name: np.array(p.numpy()) for name, p in trainer._model.body.named_parameters()}
    trainer.train()
    for name, parameter in trainer._model.body.named_parameters():
        np.testing.assert_array_equal(parameter.numpy(), before[name])


def test_the_base_is_not_needed_afterwards(tmp_path, base):
    copy = shutil.copytree(base, tmp_path / "base")
    run, data = trained(tmp_path, copy)
    shutil.rmtree(copy)
    predictor = TextPredictor.open(run.path)
    ((label, chance), (other, rest)) = predictor.predict(["aaax"], n_best=2)[0]
    assert {label, other} == {"first", "last"}
    assert chance + rest == pytest.approx(1.0, abs=1e-5)
    assert classify.TASK.make_trainer(run, data, Progress()).step == 0


def test_from_scratch_begins_with_other_weights(tmp_path, base):
    weights = []
    for name, scratch in (("pretrained", False), ("scratch", True)):
        (tmp_path / name).mkdir()
        run, data = make_run(tmp_path / name, base, from_scratch=scratch)
        model = classify.TASK.make_trainer(run, data, Progress())._model
        weights.append(np.array(dict(model.body.named_parameters())["embedding.symbols.weight"].numpy()))
    assert not np.allclose(*weights)


def test_the_user_reads_what_was_loaded_and_what_begins_anew(tmp_path, base):
    run, _ = make_run(tmp_path, base, method="frozen")
    text = classify.TASK.introduce(run)
    assert re.search(r"loaded +\d+ arrays", text)
    assert re.search(r"new +2 arrays.*\n.*head\.linear\.weight", text)
    assert "frozen" in text


def test_few_examples_are_shared_among_the_labels(tmp_path, base):
    run, data = make_run(tmp_path, base, examples=10)
    texts = classify.CLASSIFY.learned_from(data, classify.CLASSIFY.read_settings(run))
    assert len(texts) == 10
    assert set(texts.labels) == {0, 1}


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        ("body.embedding.symbols.weight", 0),
        ("base.body.embedding_norm.weight", 0),
        ("body.layers.0.linear1.weight", 1),
        ("updates.body/layers/3/linear1/weight.up", 4),
        ("body.norm.weight", 5),
        ("head.linear.bias", 5),
    ],
)
def test_depths(name, depth):
    assert depth_of(name, layers=4) == depth


def test_deeper_layers_learn_more_slowly_and_later(tmp_path, base):
    run, _ = make_run(tmp_path, base, method="gradual", layer_decay=0.5, unfreeze_every=7)
    settings = classify.CLASSIFY.read_settings(run)
    model, body = classify.CLASSIFY.make_model(run, Generator(0))
    optimizer, paces = optimizer_with_paces(model, settings, body.layers)
    assert list(dict.fromkeys((pace.scale, pace.start) for pace in paces)) == [
        (1.0, 0),
        (0.5, 7),
        (0.25, 14),
        (0.125, 21),
    ]
    assert list(dict.fromkeys(pace.rate(1.0, 8) for pace in paces)) == [1.0, 0.5, 0.0]
    decays = {group["weight_decay"]: {p.ndim for p in group["params"]} for group in optimizer.param_groups}
    assert decays == {0.01: {2}, 0.0: {1}}  # biases and scales of normalisation are spared
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(list(model.parameters()))


def test_bad_input(tmp_path, base):
    with pytest.raises(WeightsError, match=r"there is no file or folder '.*nosuch'"):
        make_run(tmp_path, tmp_path / "nosuch")
    with pytest.raises(ConfigError, match="lora_targets: LoRA found no matrix whose name fits 'query'"):
        run, data = make_run(tmp_path, base, method="lora", lora_targets="query")
        classify.TASK.make_trainer(run, data, Progress())
    run, _ = make_run_elsewhere(tmp_path, base)
    with pytest.raises(ConfigError, match="task 'classify': texts are fine-tuned from runs of causal, masked"):
        make_run(tmp_path / "again", run.path)


def make_run_elsewhere(tmp_path, base):
    for name in ("other", "again"):
        (tmp_path / name).mkdir()
    return trained(tmp_path / "other", base, steps=1)


def test_an_empty_text_is_not_labelled(tmp_path, base):
    run, _ = trained(tmp_path, base, steps=1)
    with pytest.raises(DataError, match="text 2 is empty"):
        TextPredictor.open(run).predict(["a", " "])
