import os

import numpy as np
import pytest

from chainrule.errors import CheckpointError
from chainrule.training.weights import decode_arrays, encode_arrays, load_weights, save_weights


def layouts():
    base = np.arange(24, dtype=np.float32).reshape(4, 6)
    return {
        "plain": base,
        "transposed": base.T,
        "strided": base[::2, 1::3],
        "reversed": base[::-1],
        "broadcast": np.broadcast_to(base[0], (3, 6)),
        "scalar": np.float64(3.5),
        "zero_d": np.array(7, dtype=np.int64),
        "empty": np.zeros((0, 3), dtype=np.float32),
        "bits": np.array([0, 2**32 - 1], dtype=np.uint32),
        "flags": np.array([True, False]),
        "special": np.array([np.nan, np.inf, -0.0], dtype=np.float32),
    }


def test_every_layout_reads_back_as_it_was(tmp_path):
    save_weights(tmp_path / "a.safetensors", layouts())
    read = load_weights(tmp_path / "a.safetensors")
    assert set(read) == set(layouts())
    for name, array in layouts().items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)
        assert read[name].flags.c_contiguous and read[name].flags.writeable and read[name].base is None


def test_the_same_arrays_give_the_same_bytes():
    arrays = layouts()
    turned = dict(reversed(arrays.items()))
    assert encode_arrays(arrays) == encode_arrays(turned)


def test_damage_is_named(tmp_path):
    data = encode_arrays(layouts())
    for damaged in (b"", data[:5], data[:-1], b"\xff" * 100):
        with pytest.raises(CheckpointError, match="my file is damaged"):
            decode_arrays(damaged, "my file")
    with pytest.raises(CheckpointError, match="missing"):
        load_weights(tmp_path / "none.safetensors")


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
