"""Weights that have a name: where they are, that they are the published ones, and that they read."""

import pytest

from chainrule.errors import WeightsError
from chainrule.interop import NAMED_WEIGHTS, load, registry

from .published import published

SHAPES = {
    "efficientnet-lite0": ("_blocks.0._depthwise_conv.weight", (32, 1, 3, 3)),
    "all-minilm-l6-v2": ("encoder.layer.5.attention.self.query.weight", (384, 384)),
    "g2p-en": ("enc_w_ih", (768, 256)),
    "silero-vad": ("lstm_cell.weight_ih", (512, 128)),
    "resemblyzer": ("lstm.weight_hh_l2", (1024, 256)),
    "facenet-pnet": ("conv4_2.weight", (4, 32, 1, 1)),
    "facenet-rnet": ("dense4.weight", (128, 576)),
    "facenet-onet": ("dense5.weight", (256, 1152)),
}
BUFFERS = {"efficientnet-lite0": 42_065, "all-minilm-l6-v2": 512}  # what files hold that is not learned


def test_all_are_tried():
    assert set(SHAPES) == {named.name for named in NAMED_WEIGHTS}


@pytest.mark.parametrize("name", SHAPES)
def test_files_read_right(name):
    named = published(name)
    weights = load(name)
    array, shape = SHAPES[name]
    assert weights.arrays[array].shape == shape
    assert weights.parameters == named.parameters + BUFFERS.get(name, 0)
    assert named.find().stat().st_size == named.size


def test_absent_weights_say_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "weights_cache", lambda: tmp_path)
    named = registry.NamedWeights(
        "small", "", "MIT", 1, 4, "0" * 64, registry.PythonPackage("no-such-package", "a/b.pt", "pip install it")
    )
    assert named.find() is None
    with pytest.raises(WeightsError, match=rf"'small' are not here; run: pip install it, or .* {tmp_path}/small/b.pt"):
        named.locate()


def test_another_file_is_not_the_published_one(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "weights_cache", lambda: tmp_path)
    path = tmp_path / "g2p-en" / "checkpoint20.npz"
    path.parent.mkdir()
    path.write_bytes(b"other")
    assert registry.named_weights("g2p-en").find() == path
    with pytest.raises(WeightsError, match=r"is not the published file of 'g2p-en': expected sha256 b8af35e4596d8dd5"):
        load("g2p-en")
