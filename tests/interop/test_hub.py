"""Repositories of the hub: the cache comes first, and without a network the error says what to place where."""

import numpy as np
import pytest

from chainrule.errors import WeightsError
from chainrule.interop import load
from chainrule.interop.safetensors_files import encode_arrays

huggingface_hub = pytest.importorskip("huggingface_hub")

COMMIT = "0123456789012345678901234567890123456789"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and no network."""
    real = huggingface_hub.snapshot_download

    def offline(name, *, local_files_only=False, **options):
        if not local_files_only:
            raise ConnectionError("Name or service not known\nand a long explanation")
        return real(name, local_files_only=True, cache_dir=tmp_path, **options)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    return tmp_path


def put(cache, **files):
    repository = cache / "models--someone--small"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    for name, content in files.items():
        (snapshot / name.replace("_json", ".json").replace("_safetensors", ".safetensors")).write_bytes(content)


def test_the_cache_comes_first_and_the_commit_is_known(cache):
    put(cache, model_safetensors=encode_arrays({"a": np.ones(3)}), config_json=b'{"model_type": "odd"}')
    for revision in (None, "main", COMMIT):
        weights = load("someone/small", revision=revision)
        assert weights.source == "someone/small" and weights.revision == COMMIT
        assert weights.config == {"model_type": "odd"} and list(weights.arrays) == ["a"]
    assert f"someone/small at revision {COMMIT}: 1 arrays" in str(weights)


def test_offline_says_what_to_place_where(cache):
    message = (
        r"no file or folder 'someone/small', and the .* not in its cache and could not be downloaded \(Name or service "
        r"not known\); where there is a network, run: hf download someone/small --revision v1 --local-dir FOLDER, .*"
        "config.json and model.safetensors"
    )
    with pytest.raises(WeightsError, match=message):
        load("someone/small", revision="v1")
    put(cache, config_json=b"{}")  # a repository of which only the configuration was ever asked for
    with pytest.raises(WeightsError, match="could not be downloaded"):
        load("someone/small")


def test_downloads_pytorch_files_only_where_there_are_no_safetensors(cache, monkeypatch):
    asked = []

    def download(name, *, revision, allow_patterns=(), local_files_only=False):
        if local_files_only:
            raise FileNotFoundError
        asked.append(allow_patterns[-1])
        if allow_patterns[-1].endswith(".bin"):
            (cache / "pytorch_model.bin").write_bytes(encode_arrays({"a": np.ones(2)}))
        return cache

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert list(load("someone/old").arrays) == ["a"]
    assert asked == ["model*.safetensors", "pytorch_model*.bin"]


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(WeightsError, match=r"neither a file nor a folder; .* pip install \"chainrule\[hub\]\""):
        load("someone/small")
