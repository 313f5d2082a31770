"""A run's weights: whole files, and errors that say what is wrong."""

import os

import numpy as np
import pytest

from chainrule.errors import CheckpointError
from chainrule.training.weights import decode_arrays, encode_arrays, load_weights, save_weights


def test_damage_is_named(tmp_path):
    data = encode_arrays({"a": np.ones(3)})
    with pytest.raises(CheckpointError, match="my file is damaged"):
        decode_arrays(data[:-1], "my file")
    with pytest.raises(CheckpointError, match="missing"):
        load_weights(tmp_path / "none.safetensors")


def test_a_flipped_bit_is_found(tmp_path):
    path, arrays = tmp_path / "a.safetensors", {"a": np.arange(6.0).reshape(2, 3), "b": np.float32(2)}
    save_weights(path, arrays)
    for name, array in load_weights(path).items():
        np.testing.assert_array_equal(array, arrays[name])
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="is damaged: its numbers are not those that were saved"):
        load_weights(path)
    path.write_bytes(encode_arrays(arrays))  # as older versions wrote it
    assert load_weights(path)["b"] == 2


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    save_weights(path, {"a": np.ones(3)})

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match=r"could not be saved: No space left on device"):
        save_weights(path, {"a": np.zeros(3)})
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]
    np.testing.assert_array_equal(load_weights(path)["a"], np.ones(3))
