"""The commands of the task `image`: used as they should be, and bad input."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from chainrule.tasks.image import ImageSettings
from chainrule.training.settings import setting_rules

from .command import call, change_json, fails

SMALL = ["--model", "convnet", "--width", 0.1, "--batch-size", 16, "--learning-rate", 0.01]


def bar(upright, generator):
    """A light bar on black, 12 by 12, with noise."""
    picture = generator.integers(0, 60, (12, 12), dtype=np.uint8)
    place = int(generator.integers(3, 7))
    if upright:
        picture[1:11, place : place + 3] = 255
    else:
        picture[place : place + 3, 1:11] = 255
    return picture


@pytest.fixture(scope="module")
def bars(tmp_path_factory):
    folder, generator = tmp_path_factory.mktemp("bars"), np.random.default_rng(0)
    for name in ("lying", "upright"):
        (folder / name).mkdir()
        for k in range(80):
            Image.fromarray(bar(name == "upright", generator)).save(folder / name / f"{k}.png")
    return folder


def train(data, out, *more):
    return ("train", "image", data, "--out", out, "--steps", 3, *SMALL, *more)


@pytest.fixture(scope="module")
def trained(bars, tmp_path_factory):
    """A finished run that knows lying from upright; tests only read it."""
    run = tmp_path_factory.mktemp("runs") / "trained"
    result = call("train", "image", bars, "--out", run, "--steps", 60, "--evaluate-every", 20, *SMALL)
    assert result.exit_code == 0, result.output
    assert "124 train" in result.output or re.search(r"\d+ train, \d+ dev, \d+ test", result.output)
    assert f"Try it: chainrule predict {run} PICTURE" in result.output
    return run


@pytest.fixture
def copy(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "copy")


@pytest.fixture
def picture(tmp_path):
    """An upright bar, larger than those that were learned, in colour, dark on light."""
    large = Image.fromarray(255 - bar(True, np.random.default_rng(1))).resize((60, 60))
    large.convert("RGB").save(tmp_path / "photo.jpg")
    return tmp_path / "photo.jpg"


# As it should be


def test_a_run_folder_is_complete(trained, bars):
    assert {"config.json", "model.safetensors", "metrics.jsonl", "checkpoints"} <= {p.name for p in trained.iterdir()}
    data = json.loads((trained / "config.json").read_text())["data"]
    assert data["name"] == str(bars)
    assert data["classes"] == ["lying", "upright"]
    assert data["shape"] == [1, 12, 12]
    lines = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "dev_error" in line] == [20, 40, 60]


def test_evaluate(trained):
    shown = call("evaluate", trained).stdout
    number = r"\d+\.\d\d"
    assert re.match(
        rf"test: \d+ images\naccuracy: {number} %  \(95 % interval {number} to {number}; \d+ errors in \d+ images\)\n\n"
        rf"lying    +{number} % of +\d+.*\nupright  +{number} % of +\d+.*\n\n +lyi +upr\nlying +\d+ +\d+\nupright +\d+",
        shown,
    )
    record = json.loads(call("evaluate", trained, "--split", "dev", "--json").stdout)
    assert record["split"] == "dev"
    assert record["accuracy"] == 1 - record["errors"] / record["images"]
    low, high = record["accuracy_interval"]
    assert low <= record["accuracy"] <= high
    assert np.array(record["confusion"]).sum() == record["images"]
    assert record["accuracy"] > 0.9


def test_mistakes(trained, tmp_path):
    record = json.loads(call("evaluate", trained, "--split", "train", "--json", "--count", 2).stdout)
    assert len(record["mistakes"]) == min(2, record["errors"])
    result = call("evaluate", trained, "--split", "train", "--mistakes", tmp_path / "worst.png", "--count", 5)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "worst.png").exists() == (record["errors"] > 0)


def test_predict(trained, bars, picture):
    files = [bars / "lying" / "1.png", picture]
    rows = [line.split("\t") for line in call("predict", trained, *files).stdout.splitlines()]
    assert [row[:2] for row in rows[::2]] == [[str(files[0]), "lying"], [str(picture), "upright"]]
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        assert float(first[2]) > float(second[2])
        assert float(first[2]) + float(second[2]) == pytest.approx(1, abs=1e-4)
    best = call("predict", trained, "--top", 1, *files).stdout.splitlines()
    assert best == ["\t".join(row) for row in rows[::2]]


def test_predict_as_json(trained, picture):
    answer = json.loads(call("predict", trained, picture, "--json").stdout)
    assert answer["input"] == str(picture)
    assert [entry["class"] for entry in answer["answers"]] == ["upright", "lying"]
    assert sum(entry["probability"] for entry in answer["answers"]) == pytest.approx(1)


def test_mirrored_answers_are_a_mean(trained, picture):
    """With --flip a picture and its mirror image have the same answer, without it they need not."""
    mirrored = picture.with_name("mirrored.png")
    Image.fromarray(np.asarray(Image.open(picture))[:, ::-1]).save(picture.with_name("plain.png"))
    Image.open(picture).save(mirrored)
    ask = ["predict", trained, mirrored, picture.with_name("plain.png"), "--top", 1]
    rows = [line.split("\t")[2] for line in call(*ask, "--flip").stdout.splitlines()]
    assert float(rows[0]) == pytest.approx(float(rows[1]), abs=2e-3)


def test_predict_needs_only_the_folder(trained, picture, tmp_path):
    copy = shutil.copytree(trained, tmp_path / "elsewhere")
    config = json.loads((copy / "config.json").read_text())
    change_json(copy / "config.json", data=config["data"] | {"name": str(tmp_path / "gone")})
    assert call("predict", copy, picture).stdout == call("predict", trained, picture).stdout
    assert "there is no data set and no file named" in fails("evaluate", copy)


def test_a_config_repeats_a_run_to_the_bit(trained, bars, tmp_path):
    result = call("train", "image", bars, "--out", tmp_path / "again", "--config", trained / "config.json")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == (trained / "model.safetensors").read_bytes()


def test_resume_extends_a_finished_run(copy):
    result = call("resume", copy, "--steps", 5)
    assert result.exit_code == 0, result.output
    assert "Done after step 65" in result.output


@pytest.mark.parametrize("model", ["lenet", "resnet20", "resnet18", "mobilenet", "vit"])
def test_every_model_trains(bars, tmp_path, model):
    small = ["--model", model, "--width", 0.05, "--batch-size", 8, "--steps", 2, "--evaluation-size", 8]
    result = call("train", "image", bars, "--out", tmp_path / "run", *small, "--mixup", 0.3, "--cutout", 4)
    assert result.exit_code == 0, result.output
    assert call("evaluate", tmp_path / "run", "--split", "dev").exit_code == 0


def test_every_setting_has_an_option_with_its_default():
    shown = " ".join(call("train", "image", "--help").output.split())
    for name, rule in setting_rules(ImageSettings).items():
        assert f"--{name.replace('_', '-')}" in shown
        if isinstance(rule.default, str | int) and rule.default is not None and rule.kind is not bool:
            assert f"[default: {rule.default}]" in shown


@pytest.mark.parametrize("command", ["train", "predict", "evaluate"])
def test_help_has_examples(command, trained):
    shown = call("train", "image", "--help") if command == "train" else call(command, trained, "--help")
    assert shown.exit_code == 0
    assert re.search(r"Examples?:\n +chainrule ", shown.output)


# Bad input: one sentence, nothing lost


def test_corrupt_pictures_are_named_and_counted(bars, tmp_path):
    folder = shutil.copytree(bars, tmp_path / "bars")
    (folder / "lying" / "3.png").write_bytes(b"half")
    result = call(*train(folder, tmp_path / "run"))
    assert result.exit_code == 0, result.output
    first, second = result.stderr.splitlines()[:2]
    assert first == "Warning: 1 of 160 pictures are left out."
    assert second.startswith(f"Warning: {folder}/lying/3.png cannot be read: no picture in a format")


def test_grey_and_transparent_pictures_among_coloured_ones(bars, tmp_path):
    folder = shutil.copytree(bars, tmp_path / "bars")
    Image.new("RGB", (12, 12), "red").save(folder / "lying" / "red.png")
    Image.new("RGBA", (12, 12), (0, 0, 255, 128)).save(folder / "lying" / "pale.png")
    assert call(*train(folder, tmp_path / "run")).exit_code == 0
    assert json.loads((tmp_path / "run" / "config.json").read_text())["data"]["shape"] == [3, 12, 12]
    assert call("predict", tmp_path / "run", folder / "lying" / "1.png").exit_code == 0


def test_bad_folders(bars, tmp_path):
    out = tmp_path / "run"
    folder = shutil.copytree(bars, tmp_path / "bars")
    Image.new("L", (13, 12)).save(folder / "lying" / "x.png")
    message = fails(*train(folder, out))
    assert message.endswith("upright/9.png is 12x12; give --image-size N to make them all N by N") or (
        "lying/0.png is 12x12 and lying/x.png 13x12; give --image-size N" in message
    )
    assert call(*train(folder, tmp_path / "sized", "--image-size", 16)).exit_code == 0
    (folder / "lying" / "x.png").unlink()
    (folder / "empty").mkdir()
    assert "empty holds no picture" in fails(*train(folder, out))
    shutil.rmtree(folder / "empty")
    shutil.rmtree(folder / "upright")
    assert "has only the class 'lying' to train on" in fails(*train(folder, out))
    assert "holds no class folders" in fails(*train(folder / "lying", out))
    assert "did you mean 'fashion-mnist'?" in fails(*train("fashion-minst", out))
    assert not out.exists()


def test_images_that_are_too_small(bars, tmp_path):
    message = fails(*train(bars, tmp_path / "run", "--image-size", 4))
    assert message == "images of 4x4 pixels are too small for convnet: give --image-size 8 or more"
    assert not (tmp_path / "run").exists()


def test_wrong_settings(bars, tmp_path):
    out = tmp_path / "run"
    assert "mixup must be a number at least 0 and at most 1, got 2.0" in fails(*train(bars, out, "--mixup", 2))
    assert "Invalid value for '--model'" in fails(*train(bars, out, "--model", "resnet19"), status=2)
    assert "width must be a number greater than 0" in fails(*train(bars, out, "--width", 0))
    assert "accumulate must be 1 here" in fails(*train(bars, out, "--accumulate", 2))


def test_bad_pictures_to_predict(trained, bars, tmp_path):
    good = bars / "lying" / "1.png"
    (tmp_path / "bad.png").write_bytes(b"half")
    result = call("predict", trained, tmp_path / "none.png", good, tmp_path / "bad.png", tmp_path)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{good}\tlying\t")
    errors = result.stderr.splitlines()
    assert errors[0] == f"Error: there is no file {tmp_path}/none.png; check its name"
    assert errors[1].startswith(f"Error: {tmp_path}/bad.png cannot be read: no picture in a format")
    assert errors[2] == f"Error: {tmp_path} is a folder; name a picture in it"
    assert "Missing argument 'PICTURES...'" in fails("predict", trained, status=2)


def test_mistakes_need_a_picture_format(trained, tmp_path):
    message = fails("evaluate", trained, "--mistakes", tmp_path / "worst.txt")
    assert message.endswith("worst.txt must end in the name of a picture format, such as .png")


def test_pictures_that_changed(copy, bars, tmp_path):
    folder = shutil.copytree(bars, tmp_path / "bars")
    config = json.loads((copy / "config.json").read_text())
    change_json(copy / "config.json", data=config["data"] | {"name": str(folder)})
    assert call("evaluate", copy).exit_code == 0
    (folder / "lying" / "0.png").unlink()
    assert "has changed since" in fails("evaluate", copy)
    assert "has changed since" in fails("resume", copy, "--steps", 1)


@pytest.mark.parametrize("entry", ["shape", "classes", "statistics", "mirrored"])
def test_a_damaged_description(copy, picture, entry):
    config = json.loads((copy / "config.json").read_text())
    data = {name: value for name, value in config["data"].items() if name != entry}
    change_json(copy / "config.json", data=data)
    assert f"config.json is damaged: it does not describe the images ('{entry}')" in fails("predict", copy, picture)


def test_a_run_of_another_shape(copy, picture):
    config = json.loads((copy / "config.json").read_text())
    change_json(copy / "config.json", settings=config["settings"] | {"width": 0.2})
    assert "do not fit its config.json" in fails("predict", copy, picture)


def test_a_comparison(bars, trained, tmp_path):
    other = tmp_path / "other"
    assert call(*train(bars, other, "--seed", 5)).exit_code == 0
    found = json.loads(call("compare", trained, other, "--json").stdout)["scores"]["accuracy"]
    alone = [json.loads(call("evaluate", run, "--json").stdout)["accuracy"] for run in (trained, other)]
    assert [found["first"], found["second"]] == pytest.approx(alone)
    assert found["interval"][0] <= found["difference"] <= found["interval"][1]
    assert call("compare", trained, other).stdout.splitlines()[1].startswith("accuracy: ")
