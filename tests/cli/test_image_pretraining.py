"""From pictures without labels to a classifier, at the command line; and bad input."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from .command import call, fails

SMALL = ["--width", 0.1, "--batch-size", 16, "--steps", 3]


def write_pictures(folder, count, size=12):
    """Light bars on black, no class folders."""
    generator = np.random.default_rng(0)
    folder.mkdir()
    for k in range(count):
        picture = generator.integers(0, 60, (size, size), dtype=np.uint8)
        (picture if k % 2 else picture.T)[2:5, 1:-1] = 255
        Image.fromarray(picture).save(folder / f"{k}.png")
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return write_pictures(tmp_path_factory.mktemp("data") / "pictures", 80)


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
        folder = write_pictures(tmp_path / str(count), count)
        fails("pretrain", "contrastive", folder, "--out", tmp_path / "run", *SMALL)
    assert not (tmp_path / "run").exists()


def test_wrong_settings(pictures, contrastive, tmp_path):
    begin = ["pretrain", "contrastive", pictures, "--out", tmp_path / "run"]
    assert "batch_size must be a whole number at least 2, got 1" in fails(*begin, "--batch-size", 1)
    assert "temperature must be a number greater than 0" in fails(*begin, "--temperature", 0)
    assert "Invalid value for '--model'" in fails(*begin, "--model", "resnet19", status=2)
    assert "has no command 'predict'" in fails("predict", contrastive, pictures / "0.png", status=2)
