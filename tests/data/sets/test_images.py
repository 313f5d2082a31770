"""The published sets of images, where they are on this machine."""

import json

import numpy as np
import pytest
from PIL import Image

from chainrule.data import NAMED_DATASETS, load_images
from chainrule.data.images.dataset import Statistics
from chainrule.data.sets.images import EMOJI
from chainrule.errors import DataError


def load(name):
    (named,) = (dataset for dataset in NAMED_DATASETS if dataset.name == name)
    if named.find(None) is None:
        pytest.skip(f"{name} is not on this machine: {named.obtain}")
    return load_images(name)


@pytest.mark.parametrize(
    ("name", "dev", "mean", "mirrored"), [("fashion-mnist", 3063, 0.286, True), ("mnist", 3018, 0.131, False)]
)
def test_seventy_thousand_images(name, dev, mean, mirrored):
    data = load(name)
    assert {part: len(images) for part, images in data.splits.items()} == {
        "train": 60_000 - dev,
        "dev": dev,
        "test": 10_000,
    }
    assert data.shape == (1, 28, 28)
    assert len(data.classes) == 10
    assert data.mirrored is mirrored
    assert np.array_equal(np.bincount(data.split("test").labels)[:1], [1000 if name == "fashion-mnist" else 980])
    assert Statistics.of(data.split("train")).mean == pytest.approx((mean,), abs=1e-3)


def test_digits():
    data = load("digits")
    assert sum(len(images) for images in data.splits.values()) == 1797
    assert data.shape == (1, 8, 8)
    assert max(images.pixels.max() for images in data.splits.values()) == 255


def test_emoji():
    data = load("emoji")
    assert sum(len(images) for images in data.splits.values()) == 3786
    assert data.shape == (3, 64, 64)
    assert "Food & Drink" in data.classes
    assert not data.notes


def test_emoji_from_a_folder(tmp_path):
    pictures = tmp_path / "img" / "twitter" / "64"
    pictures.mkdir(parents=True)
    entries = []
    for k in range(40):
        names = [f"{k}.png", f"{k}-dark.png"]
        for shade, name in enumerate(names):
            Image.new("RGBA", (64, 64), (k, 100 * shade, 0, 255)).save(pictures / name)
        variants = {"1F3FF": {"image": names[1], "has_img_twitter": True}}
        entry = {"name": f"THING {k}", "short_name": str(k), "category": "ab"[k % 2], "image": names[0]}
        entries.append(entry | {"has_img_twitter": True, "skin_variations": variants})
    (tmp_path / "emoji.json").write_text(json.dumps(entries))
    assert EMOJI.find(tmp_path) == tmp_path
    data = load_images("emoji", folder=tmp_path)
    assert sum(len(images) for images in data.splits.values()) == 80
    for images in data.splits.values():
        assert all(count == 2 for count in np.unique(images.names, return_counts=True)[1])  # with its other shade


def test_emoji_that_are_nowhere(tmp_path, monkeypatch):
    for module in ("carriers", "published"):
        monkeypatch.setattr(f"chainrule.data.{module}.data_cache", lambda: tmp_path)
    with pytest.raises(DataError, match=r"npm install --ignore-scripts --prefix .* emoji-datasource-twitter@16\.0\.0"):
        load_images("emoji")
