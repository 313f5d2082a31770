"""Data sets of texts without answers."""

import pytest

from chainrule.data.registry import load_texts
from chainrule.data.texts import TextDataset
from chainrule.errors import DataError


def test_lines_are_texts_split_by_hash(tmp_path):
    names = [f"name{i}" for i in range(400)]
    (tmp_path / "names.txt").write_text("\n".join([*names, "name7"]) + "\n\n")
    data = load_texts(tmp_path / "names.txt")
    assert sorted(sum(data.splits.values(), ())) == sorted(names)
    assert 20 < len(data.split("test")) < 65
    more = TextDataset.from_texts("more", [*names, "another"])
    for part, texts in data.splits.items():
        assert set(texts) <= set(more.splits[part])


def test_a_text_with_empty_lines_is_one(tmp_path):
    text = "".join(f"Line {i}\r\n\r\n" for i in range(100))
    (tmp_path / "play.txt").write_bytes(text.encode())
    data = load_texts(tmp_path / "play.txt")
    whole = text.replace("\r\n", "\n").rstrip()
    assert data.split("train")[0] + data.split("dev")[0] == whole
    assert len(data.split("dev")[0]) == pytest.approx(len(whole) / 10, abs=1)
    with pytest.raises(DataError, match="none of its 2 texts fell to test; give it more texts"):
        data.split("test")


def test_a_folder_has_a_file_for_each_part(tmp_path):
    (tmp_path / "train.txt").write_text("a\nb\n")
    (tmp_path / "dev.txt").write_text("a\n")
    data = load_texts(tmp_path)
    assert data.splits == {"train": ("a", "b"), "dev": ("a",), "test": ()}
    assert data.fingerprint() != TextDataset("x", {"train": ("a",), "dev": ("b", "a"), "test": ()}).fingerprint()
    (tmp_path / "train.txt").unlink()
    with pytest.raises(DataError, match=r"holds no train\.txt"):
        load_texts(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "is empty"),
        (b"a\n\xff\n", "line 2: byte 0xff is not utf-8"),
        (b"a\nb\0\n", "line 2: found a NUL"),
    ],
)
def test_files_that_hold_no_text(tmp_path, content, message):
    (tmp_path / "file.txt").write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_texts(tmp_path / "file.txt")


def test_nothing_of_that_name():
    with pytest.raises(DataError, match="there is no data set and no file named 'nosuch'"):
        load_texts("nosuch")
