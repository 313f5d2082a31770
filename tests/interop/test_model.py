"""Models of published weights: the report, what does not fit, and writing them again."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import WeightsError
from chainrule.interop import Weights, load, load_model, pretrained_model, save_model
from chainrule.models.efficientnet import EfficientNet, EfficientNetConfig, Stage
from chainrule.models.resnet import ResNet, ResNetConfig

SMALL = ResNetConfig(1, 4, (3, 5), (1, 2), projection=True)


@pytest.fixture
def saved(tmp_path):
    with cr.seed(0):
        model = ResNet(SMALL)
    return model.eval(), save_model(model, tmp_path / "small")


def test_a_saved_model_loads_as_it_was(saved):
    model, folder = saved
    again, report, weights = load_model(folder)
    assert again.config == SMALL and not again.training
    assert weights.config == {"architecture": "resnet8", "num_classes": 4}
    images = np.random.default_rng(0).standard_normal((2, 1, 8, 8)).astype(np.float32)
    np.testing.assert_array_equal(again(images).numpy(), model(images).numpy())
    assert len(report.of("loaded")) == len(model.state_dict())
    assert not report.of("new") + report.of("ignored") + report.of("reshaped")


def test_efficientnet_goes_through_its_published_names(tmp_path, monkeypatch):
    small = EfficientNetConfig(3, 5, 4, (Stage(1, 4, 1, 1, 3), Stage(2, 6, 2, 2, 5)), 8)
    with cr.seed(0):
        model = EfficientNet(small).eval()
    folder = save_model(model, tmp_path)
    names = set(load(folder).arrays)
    assert {"_conv_stem.weight", "_blocks.2._expand_conv.weight", "_bn1.running_var", "_fc.bias"} <= names
    monkeypatch.setattr("chainrule.interop.families.efficientnet.EfficientNetConfig", lambda *_: small)
    images = np.random.default_rng(0).standard_normal((2, 3, 9, 8)).astype(np.float32)
    np.testing.assert_array_equal(pretrained_model(folder)(images).numpy(), model(images).numpy())


def test_new_classes_get_a_new_head(saved):
    _, folder = saved
    with cr.seed(1):
        model, report, _ = load_model(folder, classes=7)
    assert model.config.classes == 7
    assert [(array.name, array.shape) for array in report.of("new")] == [("fc.weight", (7, 5)), ("fc.bias", (7,))]
    assert [(array.name, array.why) for array in report.of("ignored")] == [
        ("fc.bias", "the model has a new fc"),
        ("fc.weight", "the model has a new fc"),
    ]
    assert "new" in str(report) and "fc.weight (7, 5): it begins anew, from random numbers" in str(report)


def test_what_the_model_has_no_use_for_is_ignored(saved):
    weights = load(saved[1])
    report = load_model(Weights("it", {**weights.arrays, "optimizer.step": np.ones(2)})).report
    (ignored,) = report.of("ignored")
    assert ignored.name == "optimizer.step" and ignored.why == "the model has no such part"


def without(arrays, name):
    return {key: array for key, array in arrays.items() if key != name}


def damaged(arrays, name, number):
    array = arrays[name].copy()
    array.flat[:2] = number
    return {**arrays, name: array}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: without(a, "layer2.1.bn2.bias"), "it lacks 1 of the arrays of ResNet, 'layer2.1.bn2.bias' among"),
        (lambda a: {**a, "bn1.bias": np.ones(9)}, r"it has bn1.bias of shape \(9,\), where ResNet has \(3,\)"),
        (lambda a: damaged(a, "conv1.weight", np.nan), "it has 2 numbers that are NaN or infinite in conv1.weight"),
        (
            lambda a: damaged(a, "bn1.running_var", np.inf),
            "it has 2 numbers that are NaN or infinite in bn1.running_var",
        ),
        (lambda a: {**a, "conv1.weight": np.float32(1)}, "it makes no ResNet: "),
        (lambda a: {"x.weight": np.ones(3)}, "it has arrays such as 'x.weight', for which there is no model here"),
    ],
)
def test_what_does_not_fit(saved, change, message):
    with pytest.raises(WeightsError, match=message):
        load_model(Weights("it", change(load(saved[1]).arrays)))


def test_another_architecture_is_named(saved):
    with pytest.raises(
        WeightsError, match="it has an architecture 'llama', for which there is no model here; there is"
    ):
        load_model(Weights("it", {"a": np.ones(1)}, {"model_type": "llama"}))


def test_a_model_of_no_family(tmp_path):
    with pytest.raises(WeightsError, match="a Linear has no published form here"):
        save_model(cr.nn.Linear(2, 3), tmp_path)


def test_a_folder_that_cannot_be_written(saved, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WeightsError, match=r"could not be written: (File exists|Not a directory)"):
        save_model(saved[0], tmp_path / "file")
    assert json.loads((tmp_path / "small" / "config.json").read_text())["num_classes"] == 4
