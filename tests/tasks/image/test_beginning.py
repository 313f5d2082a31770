"""Beginning with what another run has learned from images: what is taken over, what learns, what stays."""

import re
import shutil

import numpy as np
import pytest

from chainrule.data.images.dataset import ImageDataset, Images
from chainrule.errors import ConfigError, DataError
from chainrule.random import Generator
from chainrule.tasks.image import TASK, ImageSettings, Predictor
from chainrule.tasks.image.beginning import network_weights
from chainrule.tasks.image.network import NETWORKS, Shape, head_of, layers_of, make_network
from chainrule.tasks.image.policy import optimizer_with_paces
from chainrule.tasks.pretraining import causal, contrastive
from chainrule.training.progress import Progress

from ..pictures import bar_dataset

SMALL = {"width": 0.1, "batch_size": 16, "steps": 2, "warmup_steps": 2, "averaging": 0.0}


def trained(task, path, data, **settings):
    complete = task.complete(SMALL | settings)
    run = task.create_run(path, "bars", data, task.settings.from_mapping(complete, "a test"), None)
    task.make_trainer(run, data, Progress()).train()
    return run


@pytest.fixture(scope="module", params=["contrastive", "image"])
def base(request, tmp_path_factory):
    task = {"contrastive": contrastive.TASK, "image": TASK}[request.param]
    return trained(task, tmp_path_factory.mktemp("bases") / request.param, bar_dataset())


def begin(path, base, data=None, **settings):
    """A new run on top of another, and its trainer at the first step."""
    given = {name: value for name, value in SMALL.items() if name != "width"}
    complete = TASK.complete({"base": str(base.path), **given, **settings})
    data = data or bar_dataset()
    run = TASK.create_run(path / "run", "bars", data, TASK.settings.from_mapping(complete, "a test"), None)
    return run, TASK.make_trainer(run, data, Progress())


def state(trainer):
    return {name: np.array(tensor.numpy()) for name, tensor in trainer._model.state_dict().items()}


def three_classes():
    data = bar_dataset()
    parts = {name: Images(part.pixels, np.arange(len(part)) % 3) for name, part in data.splits.items()}
    return ImageDataset("bars", parts, ("a", "b", "c"))


def test_the_network_is_taken_over_and_the_base_not_needed_any_more(tmp_path, base):
    copy = type(base).open(shutil.copytree(base.path, tmp_path / "base"))
    run, trainer = begin(tmp_path, copy)
    shutil.rmtree(copy.path)
    before, found = network_weights(base), state(trainer)
    body = [name for name in found if not name.startswith("classifier.")]
    assert len(body) > 10
    for name in body:
        np.testing.assert_array_equal(found[name], before[name], err_msg=name)
    trainer.train()
    (answers,) = Predictor.open(run.path).predict([bar_dataset().split("test").pixels[0]])
    assert {answer.name for answer in answers} == {"lying", "upright"}


def test_a_network_that_goes_on_warms_up_for_as_short_with_what_it_learned_as_without(base):
    for more, expected in (({}, 20), ({"from_scratch": True}, 20), ({"warmup_steps": 3}, 3)):
        assert TASK.complete({"base": str(base.path), **more})["warmup_steps"] == expected


def test_the_head_goes_on_where_the_classes_are_the_same(tmp_path, base):
    _, trainer = begin(tmp_path, base)
    same = np.array_equal(state(trainer)["classifier.weight"], network_weights(base).get("classifier.weight"))
    assert same == (base.config.task == "image")


@pytest.mark.parametrize("classes", [("up", "down"), ("a", "b", "c")])
def test_the_head_begins_anew_for_other_classes(tmp_path, base, classes):
    data = bar_dataset() if len(classes) == 2 else three_classes()
    run, trainer = begin(tmp_path, base, ImageDataset("bars", data.splits, classes))
    assert state(trainer)["classifier.weight"].shape == (len(classes), 13)
    assert not np.array_equal(state(trainer)["classifier.weight"], network_weights(base).get("classifier.weight"))
    assert re.search(r"new +2 arrays.*\n +classifier\.weight \(\d, 13\): drawn at random", TASK.introduce(run))


def test_images_are_normalised_as_before(tmp_path, base):
    data = bar_dataset()
    dark = {name: Images(part.pixels // 2, part.labels) for name, part in data.splits.items()}
    run, _ = begin(tmp_path, base, ImageDataset("bars", dark, data.classes))
    before, found = base.config.data["statistics"], run.config.data["statistics"]
    assert (list(found["mean"]), list(found["std"])) == (list(before["mean"]), list(before["std"]))
    assert found["border"] != before["border"]


def test_a_frozen_body_stays_as_it_was(tmp_path, base):
    """Its running statistics too, although it is asked in training."""
    run, trainer = begin(tmp_path, base, method="frozen", steps=6, evaluate_every=2)
    before = state(trainer)
    trainer.train()
    changed = {name for name, array in state(trainer).items() if not np.array_equal(array, before[name])}
    assert changed == {"classifier.weight", "classifier.bias"}
    assert "features.0.norm.running_mean" in before
    assert re.search(r"learns +2 arrays", TASK.introduce(run))


def test_a_full_one_changes_everything(tmp_path, base):
    _, trainer = begin(tmp_path, base)
    before = state(trainer)
    trainer.train()
    assert not [name for name, array in state(trainer).items() if np.array_equal(array, before[name])]


def test_layers_learn_one_after_the_other(tmp_path, base):
    _, trainer = begin(tmp_path, base, method="gradual", unfreeze_every=2, steps=3)
    before = state(trainer)
    trainer.train()
    found = state(trainer)
    changed = {name for name, p in trainer._model.named_parameters() if not np.array_equal(found[name], before[name])}
    assert changed == {name for name in before if re.match(r"classifier|features\.4\.(conv|norm\.(weight|bias))", name)}


def test_lower_layers_learn_more_slowly(tmp_path, base):
    _, trainer = begin(tmp_path, base, layer_decay=0.5)
    settings = ImageSettings.from_mapping({"layer_decay": 0.5, "method": "gradual", "unfreeze_every": 7}, "a test")
    optimizer, paces = optimizer_with_paces(trainer._model, settings)
    by_layer = {(pace.scale, pace.start) for pace in paces}
    assert by_layer == {(0.5**below, 7 * below) for below in range(6)}
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(list(trainer._model.parameters()))


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_hold_all_weights_and_end_with_the_head(name):
    network = make_network(name, Shape(1, 28, 28, 10, 0.1), Generator(0))
    layers = layers_of(network)
    found = [parameter for layer in layers for module in layer for parameter in module.parameters()]
    assert set(found) == set(network.parameters())
    assert len(found) == len(set(found))
    assert layers[-1] == [head_of(network)[1]]
    assert len(layers) >= 4


def test_from_scratch_has_the_shape_alone(tmp_path, base):
    run, trainer = begin(tmp_path, base, from_scratch=True)
    before, found = network_weights(base), state(trainer)
    assert found["features.0.conv.weight"].shape == before["features.0.conv.weight"].shape
    assert not np.array_equal(found["features.0.conv.weight"], before["features.0.conv.weight"])
    assert "from scratch" in TASK.introduce(run)


def test_few_examples_have_every_class_in_its_share(tmp_path, base):
    _, trainer = begin(tmp_path, base, examples=10, batch_size=4)
    epoch = [next(trainer._batches) for _ in range(trainer._batches.batches_per_epoch)]
    assert np.bincount(np.concatenate([batch.targets for batch in epoch])).tolist() == [5, 5]


def test_it_says_what_was_left_aside(tmp_path, base):
    text = TASK.introduce(begin(tmp_path, base)[0])
    assert text.startswith(f"ConvNet from {base.path}\n")
    assert ("projector.*.weight" in text) == (base.config.task == "contrastive")
    assert re.search(r"frozen +0 arrays", text)


def test_without_a_base_there_is_nothing_to_say(tmp_path):
    settings = ImageSettings.from_mapping(SMALL, "a test")
    assert TASK.introduce(TASK.create_run(tmp_path / "run", "bars", bar_dataset(), settings, None)) == ""


def test_bad_input(tmp_path, base):
    with pytest.raises(ConfigError, match=r"has the model convnet, so its weights do not fit the model lenet: leave"):
        begin(tmp_path, base, model="lenet")
    with pytest.raises(ConfigError, match=r"has the width 0\.1, so its weights do not fit the width 2\.0"):
        begin(tmp_path, base, width=2.0)
    with pytest.raises(DataError, match="2 images cannot have all of 3 labels; take at least 3"):
        begin(tmp_path, base, three_classes(), examples=2)
    with pytest.raises(ConfigError, match="the method frozen goes on from what was learned before: say from which"):
        TASK.create_run(tmp_path / "run", "bars", bar_dataset(), ImageSettings(method="frozen"), None)
    assert not (tmp_path / "run").exists()


def test_a_base_that_knows_no_images(tmp_path):
    (tmp_path / "words.txt").write_text("\n".join(f"n{i}" for i in range(99)))
    settings = causal.CausalSettings.from_mapping({"layers": 1, "heads": 1, "width": 8, "steps": 1}, "a test")
    data = causal.TASK.read_data(str(tmp_path / "words.txt"), settings)
    run = causal.TASK.create_run(tmp_path / "base", str(tmp_path / "words.txt"), data, settings, None)
    with pytest.raises(ConfigError, match="run of the task 'causal': images are learned on top of runs of image, con"):
        begin(tmp_path, run)
