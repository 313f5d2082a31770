"""From pictures without labels to a classifier, at the command line; and bad input."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from .command import call, fails

SMALL = ["--width", 0.1, "--batch-size", 16, "--steps", 3]


def write_bars(folder, count, upright):
    """Light bars on black, 12 by 12."""
    folder.mkdir(parents=True)
    for k in range(count):
        picture = np.random.default_rng(k).integers(0, 60, (12, 12), dtype=np.uint8)
        (picture.T if upright(k) else picture)[2:5, 1:-1] = 255
        Image.fromarray(picture).save(folder / f"{k}.png")
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of both kinds, without class folders."""
    return write_bars(tmp_path_factory.mktemp("data") / "pictures", 80, lambda k: k % 2)


@pytest.fixture(scope="module")
def contrastive(pictures, tmp_path_factory):
    """A finished run; tests only read it."""
    run = tmp_path_factory.mktemp("runs") / "contrastive"
    result = call("pretrain", "contrastive", pictures, "--out", run, "--projection", 8, *SMALL)
    assert result.exit_code == 0, result.output
    assert f"Try it: chainrule finetune {run} DATA --task image --out DIR" in result.stdout
    return run


def test_evaluate_contrastive(contrastive):
    shown = call("evaluate", contrastive).stdout
    assert re.fullmatch(
        r"test: \d+ images, two views of each\nfound their other view: \d+\.\d\d %; loss: \d\.\d{4} nats a view\n",
        shown,
    )
    record = json.loads(call("evaluate", contrastive, "--split", "dev", "--json").stdout)
    assert record["split"] == "dev"
    assert set(record) == {"split", "loss", "error_rate", "images"}


def test_resume_extends(contrastive, pictures, tmp_path):
    run = tmp_path / "run"
    config = ["--config", contrastive / "config.json"]
    assert call("pretrain", "contrastive", pictures, "--out", run, *config).exit_code == 0
    assert (run / "model.safetensors").read_bytes() == (contrastive / "model.safetensors").read_bytes()
    assert "Done after step 5" in call("resume", run, "--steps", 2).stdout


def test_help_has_examples():
    assert "contrastive" in call("pretrain", "--help").stdout
    assert re.search(r"Examples?:\n +chainrule ", call("pretrain", "contrastive", "--help").output)


def test_too_few_pictures(tmp_path):
    for count in (0, 1, 2):
        folder = write_bars(tmp_path / str(count), count, bool)
        fails("pretrain", "contrastive", folder, "--out", tmp_path / "run", *SMALL)
    assert not (tmp_path / "run").exists()


def test_wrong_settings(pictures, contrastive, tmp_path):
    begin = ["pretrain", "contrastive", pictures, "--out", tmp_path / "run"]
    assert "batch_size must be a whole number at least 2, got 1" in fails(*begin, "--batch-size", 1)
    assert "temperature must be a number greater than 0" in fails(*begin, "--temperature", 0)
    assert "Invalid value for '--model'" in fails(*begin, "--model", "resnet19", status=2)
    message = fails("pretrain", "mae", pictures, "--out", tmp_path / "run", "--image-size", 13)
    assert message.startswith("images of 13x13 pixels cannot be cut into small square patches for vit: give --image-")
    assert "has no command 'predict'" in fails("predict", contrastive, pictures / "0.png", status=2)


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """The same with class folders."""
    folder = tmp_path_factory.mktemp("data") / "classes"
    for name in ("lying", "upright"):
        write_bars(folder / name, 40, lambda k, name=name: name == "upright")
    return folder


@pytest.mark.parametrize("method", ["full", "frozen", "gradual"])
def test_pretrain_then_finetune(contrastive, classes, tmp_path, method):
    run = tmp_path / "run"
    options = ["--steps", 6, "--batch-size", 8, "--examples", 20, "--method", method, "--unfreeze-every", 2]
    result = call("finetune", contrastive, classes, "--task", "image", "--out", run, *options)
    assert result.exit_code == 0, result.output
    assert re.search(rf"ConvNet from {contrastive}\n +loaded +30 arrays", result.stdout)
    assert re.search(r"new +2 arrays .*\n +classifier\.weight \(2, 13\): drawn at random", result.stdout)
    assert "projector.*.weight" in result.stdout.split("  ignored ")[1]
    assert re.search(rf"learns +{2 if method == 'frozen' else 32} arrays", result.stdout)
    record = json.loads(call("evaluate", run, "--json").stdout)
    assert 0 <= record["accuracy"] <= 1
    picture = classes / "lying" / "0.png"
    assert len(call("predict", run, picture).stdout.splitlines()) == 2
    assert "Done after step 8" in call("resume", run, "--steps", 2).stdout


def test_pretrain_mae_then_finetune(pictures, classes, tmp_path):
    base, run = tmp_path / "base", tmp_path / "run"
    shown = call("pretrain", "mae", pictures, "--out", base, *SMALL)
    assert shown.exit_code == 0, shown.output
    assert re.fullmatch(
        r"test: \d+ images\nof what hidden patches show, -?\d+\.\d % is foreseen; loss: \d\.\d{4}\n",
        call("evaluate", base).stdout,
    )
    assert set(json.loads(call("evaluate", base, "--json").stdout)) == {"split", "loss", "explained", "images"}
    shown = call("finetune", base, classes, "--task", "image", "--out", run, "--steps", 2, "--layer-decay", 0.7)
    assert shown.exit_code == 0, shown.output
    assert f"VisionTransformer from {base}" in shown.stdout
    assert call("evaluate", run).exit_code == 0


def test_a_curve(contrastive, classes, tmp_path):
    options = ["--examples", "8", "--seeds", 2, "--steps", 2, "--batch-size", 8, "--json"]
    shown = call("curve", contrastive, classes, "--task", "image", "--out", tmp_path / "curve", *options)
    assert shown.exit_code == 0, shown.output
    points = json.loads(shown.stdout)["points"]
    assert [(point["arm"], point["examples"], len(point["values"])) for point in points] == [
        ("pre-trained", 8, 2),
        ("from scratch", 8, 2),
    ]


def test_bases_that_do_not_fit(contrastive, classes, tmp_path):
    begin = ["finetune", contrastive, classes, "--task", "image", "--out", tmp_path / "run"]
    message = fails(*begin, "--model", "lenet")
    assert message.endswith("has the model convnet, so its weights do not fit the model lenet: leave the setting out")
    assert "examples must be a whole number at least 2, or nothing, got 1" in fails(*begin, "--examples", 1)
    message = fails("finetune", tmp_path / "none", *begin[2:])
    assert message.startswith(f"{tmp_path}/none")
    assert not (tmp_path / "run").exists()
