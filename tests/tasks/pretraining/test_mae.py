"""Masked autoencoding: what is hidden, what is learned, and what can be begun with it."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.images.dataset import Statistics
from chainrule.data.images.views import ViewedImages, Views
from chainrule.errors import ConfigError
from chainrule.models.vit import cut_patches
from chainrule.random import Generator
from chainrule.tasks import image
from chainrule.tasks.image.predictor import read_description
from chainrule.tasks.pretraining import images, mae
from chainrule.training.progress import Progress

from ..pictures import bar_dataset

SMALL = {"width": 0.2, "batch_size": 32, "learning_rate": 1e-2, "warmup_steps": 5, "crop": 1.0, "flip": False}


def write_ramps(folder, count=240):
    """Images of 8 by 8 that rise in one direction or another, so that each patch tells what the others look like."""
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, (count, 1, 1))
    down, right = np.meshgrid(np.linspace(-1, 1, 8), np.linspace(-1, 1, 8), indexing="ij")
    levels = (np.cos(angles) * right + np.sin(angles) * down) / 3 + 0.5
    np.savez(folder / "ramps.npz", images=(255 * levels).astype(np.uint8))
    return folder / "ramps.npz"


def make_run(path, **more):
    settings = mae.MaeSettings.from_mapping(SMALL | more, "a test")
    archive = write_ramps(path)
    data = images.read_data(str(archive), settings)
    return mae.TASK.create_run(path / "run", str(archive), data, settings, None), data


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    run, data = make_run(tmp_path_factory.mktemp("mae"), steps=60, hidden_share=0.5, averaging=0.9)
    mae.TASK.make_trainer(run, data, Progress()).train()
    return run, data


def measured(run, data):
    return mae.measure(mae.MAE.load_model(run), data.split("test"), mae.MAE.read_settings(run), read_description(run))


def test_it_learns_to_paint_and_is_measured_the_same_way_every_time(trained):
    found = measured(*trained)
    assert found.explained > 0.9
    assert found.images == len(trained[1].split("test"))
    assert measured(*trained) == found


def hiding(share, views=None):
    data = bar_dataset(20)
    train = data.split("train")
    return mae.Hiding(ViewedImages(train, Statistics.of(train), views or Views()), 4, share)


def test_patches_are_seen_or_hidden_but_not_both():
    rows = np.arange(5)
    hide = hiding(0.75)
    batch = hide(rows, rows, Generator(0))
    assert batch.patches.shape == (5, 2, 16)
    assert batch.answers.shape == (5, 7, 16)
    for seen, hidden in zip(batch.seen, batch.hidden, strict=True):
        assert sorted([*seen, *hidden]) == list(range(9))
    whole = cut_patches(hide.viewed.take(rows, rows, Generator(1)), 4)
    for row in rows:
        np.testing.assert_array_equal(batch.patches[row], whole[row, batch.seen[row]])
        expected = whole[row, batch.hidden[row]]
        expected = (expected - expected.mean(-1, keepdims=True)) / np.sqrt(expected.var(-1, keepdims=True) + 1e-6)
        np.testing.assert_allclose(batch.answers[row], expected, atol=1e-4)


def test_what_is_hidden_belongs_to_the_image_and_not_to_the_batch():
    hide = hiding(0.5, Views(crop=0.5, flip=True))
    rows = np.arange(8)
    together = hide(rows, rows + 100, Generator(0))
    alone = hide(rows[3:4], rows[3:4] + 100, Generator(0))
    for name in ("patches", "seen", "hidden", "answers"):
        assert np.array_equal(getattr(together, name)[3:4], getattr(alone, name))
    assert len({tuple(seen) for seen in together.seen}) > 4


@pytest.mark.parametrize(("share", "seen"), [(0.01, 8), (0.5, 4), (0.99, 1)])
def test_something_is_always_seen_and_something_hidden(share, seen):
    assert hiding(share)(np.arange(2), np.arange(2), Generator(0)).seen.shape == (2, seen)


def test_parts_add_up_to_the_batch(tmp_path):
    run, data = make_run(tmp_path)
    trainer = mae.TASK.make_trainer(run, data, Progress())
    model, objective = trainer._model, trainer._objective
    batch = next(trainer._batches)

    def gradients(parts):
        model.zero_grad()
        with cr.Generator(1):
            for part in parts:
                (objective.loss(model, objective.arrays(part.batch)) * part.share).backward()
        return {name: np.array(p.grad.numpy()) for name, p in model.named_parameters() if p.grad is not None}

    expected, found = (gradients(objective.split(batch, count)) for count in (1, 3))
    assert {name.split(".")[0] for name in expected} == {"encoder", "decoder"}
    for name, gradient in expected.items():
        np.testing.assert_allclose(found[name], gradient, rtol=1e-3, atol=1e-5, err_msg=name)


def test_a_classifier_begins_with_the_encoder(trained, tmp_path):
    base, _ = trained
    given = image.TASK.complete({"base": str(base.path), "steps": 2, "batch_size": 16, "averaging": 0.0})
    assert (given["model"], given["width"]) == ("vit", 0.2)
    data = bar_dataset(size=8)
    run = image.TASK.create_run(tmp_path / "run", "bars", data, image.ImageSettings.from_mapping(given, "a test"), None)
    trainer = image.TASK.make_trainer(run, data, Progress())
    found, before = trainer._model.state_dict(), base.load_model()
    for name in ("embedding.weight", "positions.weight", "layers.3.linear1.weight", "norm.weight"):
        np.testing.assert_array_equal(found[name].numpy(), before[f"encoder.{name}"])
    trainer.train()
    assert "decoder.bridge.weight" in image.TASK.introduce(run)


def test_images_that_cannot_be_cut(tmp_path):
    with pytest.raises(ConfigError, match="images of 13x13 pixels cannot be cut into small square patches for vit"):
        make_run(tmp_path, image_size=13)
    with pytest.raises(ConfigError, match="model must be one of vit, got 'convnet'"):
        make_run(tmp_path, model="convnet")
