"""PyTorch's files without PyTorch: both formats, views, shared storages, types, and damage."""

import zipfile

import numpy as np
import pytest

from chainrule.errors import WeightsError
from chainrule.interop import load
from chainrule.interop.torch_files import read_torch

from . import torch_writer as torch

BASE = np.arange(12, dtype="f4").reshape(3, 4)
WRITERS = {"archive": torch.write_archive, "old": torch.write_old}


@pytest.fixture(params=WRITERS)
def write(request, tmp_path):
    """Writes instructions and buffers, and gives the file's path."""
    return lambda content, buffers: WRITERS[request.param](tmp_path / "file.pt", content, buffers)


@pytest.mark.parametrize("kind", torch.KINDS)
def test_types(write, kind):
    array = np.array([[1, 0, 3], [4, 5, 1]]).astype(kind)
    read = read_torch(write(torch.dict_of({"a": torch.whole("0", array)}), {"0": array}))["a"]
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_bfloat16_comes_as_equal_float32(write):
    bits = (BASE.view("u4") >> 16).astype("u2")
    read = read_torch(write(torch.whole("0", bits, kind="BFloat16Storage"), {"0": bits}))
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, BASE)


def test_tensors_share_a_storage(write):
    stored = torch.storage("7", BASE)
    content = torch.dict_of(
        {
            "whole": torch.tensor(stored, (3, 4), (4, 1)),
            "transposed": torch.tensor(stored, (4, 3), (1, 4)),
            "corner": torch.tensor(stored, (2, 2), (4, 1), offset=5),
            "expanded": torch.tensor(stored, (2, 3), (0, 1), offset=9),
            "scalar": torch.tensor(stored, (), (), offset=11),
            "empty": torch.tensor(stored, (0, 4), (4, 1), offset=12),
        }
    )
    read = read_torch(write(content, {"7": BASE}))
    expected = {
        "whole": BASE,
        "transposed": BASE.T,
        "corner": BASE[1:, 1:3],
        "expanded": np.broadcast_to(BASE[2, 1:], (2, 3)),
        "scalar": BASE[2, 3],
        "empty": np.zeros((0, 4)),
    }
    for name, array in expected.items():
        np.testing.assert_array_equal(read[name], array)
        assert not read[name].flags.writeable
    assert np.shares_memory(read["whole"], read["transposed"])


def doubling(times):
    """A list, then lists of two times the one before: tiny in the file, endless for whoever copies them."""
    lists = [b"](" + 2 * (b"h" + bytes([k])) + b"eq" + bytes([k + 1]) for k in range(times)]
    return torch.tuple_of(torch.whole("0", BASE), b"]q\x00", *lists)


def test_a_storage_by_itself(write):
    np.testing.assert_array_equal(read_torch(write(torch.storage("0", BASE), {"0": BASE})), BASE.reshape(-1))


def test_many_mentions_of_a_list_cost_nothing(write):
    first, *lists = read_torch(write(doubling(40), {"0": BASE}))
    assert lists[-1][0] is lists[-1][1] is lists[-2]
    assert list(load(write(doubling(40), {"0": BASE})).arrays) == ["0"]
    assert first.shape == (3, 4)


def test_a_storage_within_a_storage(tmp_path):
    part = torch.storage("0", BASE, part=torch.tuple_of(torch.text("1"), torch.number(4), torch.number(8)))
    path = torch.write_old(tmp_path / "a", torch.tensor(part, (2, 4), (4, 1)), {"0": BASE})
    np.testing.assert_array_equal(read_torch(path), BASE[1:])


def test_big_endian(tmp_path):
    swapped = BASE.astype(">f4")
    path = torch.write_archive(tmp_path / "a", torch.whole("0", BASE), {"0": swapped}, byteorder="big")
    np.testing.assert_array_equal(read_torch(path), BASE)


def test_parameters_and_plain_values(write):
    whole = torch.whole("0", BASE)
    parameter = torch.named("torch._utils", "_rebuild_parameter") + torch.tuple_of(whole, b"\x88", b"N") + b"R"
    values = torch.tuple_of(torch.text("adam"), torch.number(3), torch.named("torch", "float32"))
    read = read_torch(write(torch.dict_of({"p": parameter, "values": values}), {"0": BASE}))
    np.testing.assert_array_equal(read["p"], BASE)
    assert read["values"] == ("adam", 3, "float32")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (torch.tensor(torch.storage("0", BASE), (4, 4), (4, 1)), "reaches beyond its storage of 12 numbers"),
        (torch.tensor(torch.storage("0", BASE), (3, 4), (4, 1), offset=1), "reaches beyond its storage"),
        (torch.tensor(torch.storage("0", BASE), (3, 4), (4,)), "do not fit together"),
        (torch.tensor(torch.storage("0", BASE), (-1, 4), (4, 1)), "do not fit together"),
        (torch.tensor(torch.storage("0", BASE), (2**30, 2**30), (0, 0)), "reaches beyond"),
        (torch.tensor(torch.number(1), (3, 4), (4, 1)), "without a storage"),
        (torch.storage("0", BASE, kind="QInt8Storage"), "uses torch.QInt8Storage"),
        (torch.whole("1", BASE), "damaged"),
        (torch.storage("0", BASE[0]) + torch.whole("0", BASE[0]) + b"\x86", "damaged"),
        (torch.whole("0", BASE) + b"]" * 60 + b"a" * 59 + b"\x86", "nests its content more than 50 deep"),
        (torch.named("os", "system"), "refused and nothing of it run: it uses os.system"),
        (torch.named("numpy.core.multiarray", "_reconstruct"), "uses numpy.core.multiarray._reconstruct"),
    ],
)
def test_bad_content(write, content, message):
    with pytest.raises(WeightsError, match=message):
        read_torch(write(content, {"0": BASE}))


def test_a_torchscript_program_is_no_weights(tmp_path):
    path = torch.write_archive(tmp_path / "a", torch.dict_of({}), {})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("name/constants.pkl", b"")
    with pytest.raises(WeightsError, match="is a TorchScript program, not weights"):
        read_torch(path)


def test_compressed_members_are_refused(tmp_path):
    path = torch.write_archive(tmp_path / "a", torch.whole("0", BASE), {})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("name/data/0", BASE.tobytes())
    with pytest.raises(WeightsError, match="its member name/data/0 is compressed"):
        read_torch(path)


def test_a_zip_archive_of_something_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("letter.txt", "hello")
    with pytest.raises(WeightsError, match="not one of PyTorch"):
        read_torch(tmp_path / "a")


def test_a_missing_storage(tmp_path):
    path = torch.write_archive(tmp_path / "a", torch.whole("0", BASE), {})
    with pytest.raises(WeightsError, match="damaged: There is no item named 'name/data/0'"):
        read_torch(path)


def test_a_storage_of_another_length(tmp_path):
    path = torch.write_archive(tmp_path / "a", torch.whole("0", BASE), {"0": BASE[:2]})
    with pytest.raises(WeightsError, match="name/data/0 should have 48 bytes, but has 32"):
        read_torch(path)
