"""Arrays in safetensors files: every layout and type goes in and comes out."""

import json

import numpy as np
import pytest

from chainrule.errors import WeightsError
from chainrule.interop.safetensors_files import decode_arrays, encode_arrays, read_safetensors


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
    (tmp_path / "a.safetensors").write_bytes(encode_arrays(layouts()))
    read = read_safetensors(tmp_path / "a.safetensors")
    assert set(read) == set(layouts())
    for name, array in layouts().items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)
        assert read[name].flags.c_contiguous and read[name].flags.writeable and read[name].base is None


def test_the_same_arrays_give_the_same_bytes():
    arrays = layouts()
    turned = dict(reversed(arrays.items()))
    assert encode_arrays(arrays) == encode_arrays(turned)


def test_damage_is_named():
    data = encode_arrays(layouts())
    for damaged in (b"", data[:5], data[:-1], b"\xff" * 100):
        with pytest.raises(WeightsError, match="my file is damaged"):
            decode_arrays(damaged, "my file")


def file_of(kind, shape, data):
    header = json.dumps({"a": {"dtype": kind, "shape": shape, "data_offsets": [0, len(data)]}}).encode()
    return len(header).to_bytes(8, "little") + header + data


def test_bfloat16_comes_as_equal_float32():
    numbers = np.array([1.0, -2.5, 0.0, np.inf], np.float32)
    data = (numbers.view(np.uint32) >> 16).astype("<u2").tobytes()
    read = decode_arrays(file_of("BF16", [2, 2], data), "it")["a"]
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, numbers.reshape(2, 2))


def test_a_type_that_numpy_lacks_is_named():
    with pytest.raises(WeightsError, match="'a' as F8_E4M3, which NumPy does not have"):
        decode_arrays(file_of("F8_E4M3", [4], bytes(4)), "it")
