"""Reading weights by path: every format, folders, shards, and what is wrong with bad ones."""

import json

import numpy as np
import pytest

from chainrule.errors import WeightsError
from chainrule.interop import load
from chainrule.interop.safetensors_files import encode_arrays

from . import torch_writer as torch

A, B = np.arange(6, dtype="f4").reshape(2, 3), np.ones(4, "f4")
CONFIG = {"model_type": "odd"}


def write_safetensors(path):
    path.write_bytes(encode_arrays({"a": A, "b": B}))


def write_torch(writer):
    content = torch.dict_of({"a": torch.whole("0", A), "b": torch.whole("1", B)})
    return lambda path: writer(path, content, {"0": A, "1": B})


def write_npz(path):
    with open(path, "wb") as file:
        np.savez(file, a=A, b=B)


def write_compressed(path):
    with open(path, "wb") as file:
        np.savez_compressed(file, a=A, b=B)


WRITERS = {
    "model.safetensors": write_safetensors,
    "new.pt": write_torch(torch.write_archive),
    "old.pth": write_torch(torch.write_old),
    "arrays.npz": write_npz,
    "compressed.npz": write_compressed,
}


@pytest.mark.parametrize("name", WRITERS)
def test_formats_are_told_by_content(name, tmp_path):
    WRITERS[name](tmp_path / "weights.bin")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    for path in (tmp_path / "weights.bin", tmp_path, str(tmp_path)):
        weights = load(path)
        assert list(weights.arrays) == ["a", "b"]
        np.testing.assert_array_equal(weights.arrays["a"], A)
        assert weights.config == CONFIG and weights.folder == tmp_path
        assert weights.parameters == 10
    assert str(weights).endswith("a  float32 (2, 3)\n  b  float32 (4,)")


@pytest.fixture
def sharded(tmp_path):
    (tmp_path / "one.safetensors").write_bytes(encode_arrays({"a": A}))
    (tmp_path / "two.safetensors").write_bytes(encode_arrays({"b": B, "c": B}))
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}))
    return tmp_path


def test_shards(sharded):
    assert list(load(sharded).arrays) == ["a", "b"]


def test_shards_of_pytorch(tmp_path):
    torch.write_archive(tmp_path / "x.bin", torch.dict_of({"a": torch.whole("0", A)}), {"0": A})
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": {"a": "x.bin"}}))
    np.testing.assert_array_equal(load(tmp_path).arrays["a"], A)


def test_bad_shards(sharded):
    index = sharded / "model.safetensors.index.json"
    for weight_map, message in [
        ({"a": "two.safetensors"}, "two.safetensors lacks 'a'"),
        ({"a": "three.safetensors"}, "three.safetensors is missing: .* says that 1 arrays are in it"),
        ({"a": "../one.safetensors"}, "outside of its own folder"),
        ({"a": 3}, "outside of its own folder"),
        ([], "does not say where arrays are"),
    ]:
        index.write_text(json.dumps({"weight_map": weight_map}))
        with pytest.raises(WeightsError, match=message):
            load(sharded)
    index.write_text("[1")
    with pytest.raises(WeightsError, match=r"index\.json is damaged"):
        load(sharded)


def test_the_state_of_a_model_among_other_things(tmp_path):
    state = torch.dict_of({"a": torch.whole("0", A)})
    content = torch.dict_of({"step": torch.number(3), "model_state": state, "optimizer": torch.whole("1", B)})
    weights = load(torch.write_old(tmp_path / "a.pt", content, {"0": A, "1": B}))
    assert list(weights.arrays) == ["a"] and weights.left_out == ("step", "optimizer")
    assert str(weights).endswith("left out: step\n  left out: optimizer")


def test_nested_arrays_get_paths(tmp_path):
    content = torch.dict_of({"net": torch.dict_of({"0": torch.tuple_of(torch.whole("0", A), torch.whole("1", B))})})
    assert list(load(torch.write_old(tmp_path / "a.pt", content, {"0": A, "1": B})).arrays) == ["net.0.0", "net.0.1"]


def test_what_is_no_file_of_weights(tmp_path):
    for content, message in [
        (b"", "neither a safetensors, a PyTorch nor an .npz file"),
        (b"hello", "neither a safetensors"),
        (b"\x80\x04}.", "a plain pickle, which could run a program: it was refused"),
        (b"PK\x03\x04 and more", "damaged"),
    ]:
        (tmp_path / "a.pt").write_bytes(content)
        with pytest.raises(WeightsError, match=message):
            load(tmp_path / "a.pt")


def test_truncated_headers(tmp_path):
    for name, write in WRITERS.items():
        path = tmp_path / name
        write(path)
        path.write_bytes(path.read_bytes()[:40])
        with pytest.raises(WeightsError, match=f"{path} is damaged|or its beginning is damaged"):
            load(path)


def test_no_weights(tmp_path):
    with pytest.raises(WeightsError, match=r"should hold one file of weights, .* it has none"):
        load(tmp_path)
    for name in ("one.pt", "two.pt"):
        write_npz(tmp_path / name)
    with pytest.raises(WeightsError, match=r"it has one\.pt, two\.pt"):
        load(tmp_path)
    with pytest.raises(WeightsError, match=r"there is no file or folder 'none\.safetensors'"):
        load("none.safetensors")
    torch.write_old(tmp_path / "none.pt", torch.dict_of({"step": torch.number(3)}), {})
    with pytest.raises(WeightsError, match="holds no arrays that have names"):
        load(tmp_path / "none.pt")


def test_objects_in_an_npz_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.array([{}, None]))
    with pytest.raises(WeightsError, match=r"holds 'a\.npy', which cannot be read as numbers: .*allow_pickle"):
        load(tmp_path / "a.npz")


@pytest.mark.parametrize("name", WRITERS)
def test_any_damage_gives_arrays_or_a_clean_error(name, tmp_path):
    path = tmp_path / name
    WRITERS[name](path)
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    outcomes = set()
    for trial in range(300):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 1 + trial % 3):
            data[place] ^= 1 << rng.integers(8)
        if trial % 5 == 0:
            data = data[: rng.integers(len(data))]
        if trial % 7 == 0:
            begin, end, to = sorted(rng.integers(0, len(whole), 3))
            data[begin:end] = whole[to : to + 9]
        path.write_bytes(data)
        try:
            load(path)
            outcomes.add("read")
        except WeightsError as error:
            assert "\n" not in str(error)
            outcomes.add("refused")
    assert "refused" in outcomes
