"""Texts with labels: splits, samples, files."""

import numpy as np
import pytest

from chainrule.data import LabelledTextDataset, LabelledTexts
from chainrule.errors import DataError
from chainrule.random import Generator

_ROWS = [(f"text number {n}", "even" if n % 2 == 0 else "odd") for n in range(400)]


def test_split_by_hash():
    data = LabelledTextDataset.from_rows("rows", _ROWS)
    assert data.labels == ("even", "odd")
    assert sum(map(len, data.splits.values())) == 400
    more = LabelledTextDataset.from_rows("rows", [*_ROWS, ("one more", "odd")])
    for part, rows in data.splits.items():
        assert set(rows.texts) <= set(more.splits[part].texts)
        for text, label in zip(rows.texts, rows.labels, strict=True):
            assert label == int(text.split()[-1]) % 2
    assert data.fingerprint() != more.fingerprint()
    assert data.fingerprint() == LabelledTextDataset.from_rows("again", _ROWS).fingerprint()


def test_a_sample_has_each_label_in_its_share():
    labels = (0,) * 90 + (1,) * 9 + (2,)
    rows = LabelledTexts(tuple(map(str, range(100))), labels)
    sample = rows.sample(20, Generator(0))
    assert np.bincount(sample.labels).tolist() == [17, 2, 1]
    assert len(set(sample.texts)) == 20
    assert all(labels[int(text)] == label for text, label in zip(sample.texts, sample.labels))
    assert sample == rows.sample(20, Generator(0))
    assert sample != rows.sample(20, Generator(1))
    assert set(rows.sample(20, Generator(0)).texts) <= set(rows.sample(50, Generator(0)).texts)
    assert len(rows.sample(1000, Generator(0))) == 100
    with pytest.raises(DataError, match="2 texts cannot have all of 3 labels"):
        rows.sample(2, Generator(0))


def test_files(tmp_path):
    file = tmp_path / "rows.tsv"
    file.write_text("".join(f"{text}\t{label}\n" for text, label in _ROWS), encoding="utf-8")
    assert LabelledTextDataset.read(file).fingerprint() == LabelledTextDataset.from_rows("x", _ROWS).fingerprint()
    folder = tmp_path / "parts"
    folder.mkdir()
    with pytest.raises(DataError, match=r"holds no train\.tsv"):
        LabelledTextDataset.read(folder)
    (folder / "train.tsv").write_text("good\ty\nbad\tn\n", encoding="utf-8")
    data = LabelledTextDataset.read(folder)
    assert data.split("train") == LabelledTexts(("good", "bad"), (1, 0))
    with pytest.raises(DataError, match="none of its 2 texts fell to dev"):
        data.split("dev")
    with pytest.raises(DataError, match="has no part 'all'"):
        data.split("all")


def test_one_label_is_refused():
    with pytest.raises(DataError, match="expected at least two different labels, got a"):
        LabelledTextDataset.from_rows("rows", [("x", "a"), ("y", "a")])


def test_labels_that_nobody_can_learn_are_noted(tmp_path):
    (tmp_path / "train.tsv").write_text("a\tgood\nb\tbad\n")
    (tmp_path / "dev.tsv").write_text("c\tgood\nd\tnew\ne\tnew\n")
    (note,) = LabelledTextDataset.read(tmp_path).notes
    assert note == (
        "2 of the texts of dev have labels that no text to learn from has, such as 'new' of 'd': they will count as "
        "wrong"
    )
