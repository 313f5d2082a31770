"""Contrastive learning: what it learns, from what, and that it can be measured again."""

import numpy as np
import pytest

from chainrule.data.images.batching import normalized
from chainrule.errors import ConfigError, DataError
from chainrule.tasks.image.predictor import read_description
from chainrule.tasks.pretraining import contrastive, images
from chainrule.training.progress import Progress

from ..pictures import write_bars

SMALL = {"width": 0.1, "batch_size": 32, "projection": 8, "learning_rate": 1e-2, "warmup_steps": 5}


def make_run(path, **more):
    settings = contrastive.ContrastiveSettings.from_mapping(SMALL | more, "a test")
    archive = write_bars(path)
    data = images.read_data(str(archive), settings)
    return contrastive.TASK.create_run(path / "run", str(archive), data, settings, None), data


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    run, data = make_run(tmp_path_factory.mktemp("contrastive"), steps=80, evaluate_every=40)
    contrastive.TASK.make_trainer(run, data, Progress()).train()
    return run, data


def measured(run, data, part="test"):
    settings, description = contrastive.CONTRASTIVE.read_settings(run), read_description(run)
    return contrastive.measure(contrastive.CONTRASTIVE.load_model(run), data.split(part), settings, description)


def test_views_learn_to_find_each_other(trained, tmp_path):
    found = measured(*trained)
    run, data = make_run(tmp_path, steps=1, averaging=0.0)
    contrastive.TASK.make_trainer(run, data, Progress()).train()
    before = measured(run, data)
    assert found.loss < 0.8 * before.loss
    assert found.images == len(data.split("test"))


def test_measurements_are_the_same_every_time(trained):
    assert measured(*trained) == measured(*trained)


def test_features_tell_what_was_never_said(trained):
    """A line between the mean features of lying and of upright bars tells the others apart."""
    run, data = trained
    body = contrastive.CONTRASTIVE.load_model(run).body
    statistics = read_description(run).statistics

    def described(part):
        pixels = np.moveaxis(data.split(part).pixels, 1, -1)
        return body(normalized(pixels, statistics)).numpy(), data.split(part).labels

    features, labels = described("train")
    means = np.stack([features[labels == k].mean(axis=0) for k in range(2)])
    features, labels = described("test")
    nearest = ((features[:, None] - means) ** 2).sum(axis=-1).argmin(axis=1)
    assert (nearest == labels).mean() > 0.8


@pytest.mark.parametrize("model", ["lenet", "resnet20", "resnet18", "mobilenet"])
def test_every_network_learns(tmp_path, model):
    run, data = make_run(tmp_path, model=model, steps=1, evaluation_size=8, batch_size=8)
    contrastive.TASK.make_trainer(run, data, Progress()).train()
    assert measured(run, data).loss > 0


def test_labels_are_not_looked_at(tmp_path):
    (tmp_path / "other").mkdir()
    run, data = make_run(tmp_path, steps=2)
    contrastive.TASK.make_trainer(run, data, Progress()).train()
    other, _ = make_run(tmp_path / "other", steps=2)
    for part in data.splits.values():
        part.labels[:] = 0
    contrastive.TASK.make_trainer(other, data, Progress()).train()
    assert (run.path / "model.safetensors").read_bytes() == (other.path / "model.safetensors").read_bytes()


def test_bad_input(tmp_path):
    with pytest.raises(ConfigError, match="batch_size must be a whole number at least 2, got 1"):
        make_run(tmp_path, batch_size=1)
    with pytest.raises(ConfigError, match="accumulate must be 1 here, got 2: these batches cannot be split"):
        run, data = make_run(tmp_path, accumulate=2)
        contrastive.TASK.make_trainer(run, data, Progress())
    single = {part: found.take(np.arange(1)) for part, found in data.splits.items()}
    alone = type(data)("one", single, data.classes)
    with pytest.raises(DataError, match=r"one has a single image in train: .* there must be two at least"):
        contrastive.TASK.create_run(tmp_path / "alone", "one", alone, contrastive.ContrastiveSettings(), None)
    assert not (tmp_path / "alone").exists()
