"""Texts with a number each."""

import pytest

from chainrule.data import RatedTexts, load_rated
from chainrule.errors import DataError
from chainrule.random import Generator


def test_a_table_is_split_by_a_hash_of_its_texts(tmp_path):
    rows = [(f"text {i}", i / 4) for i in range(400)]
    (tmp_path / "rows.tsv").write_text("".join(f"{number}\t{text}\n" for text, number in rows))
    data = load_rated(tmp_path / "rows.tsv", columns=(1, 0))
    parts = [data.split(part) for part in ("train", "dev", "test")]
    assert sorted(row for part in parts for row in zip(part.texts, part.numbers)) == sorted(rows)
    assert 20 < len(data.split("test")) < 65
    (tmp_path / "rows.tsv").write_text("".join(f"{number + 1}\t{text}\n" for text, number in rows))
    assert load_rated(tmp_path / "rows.tsv", columns=(1, 0)).fingerprint() != data.fingerprint()


def test_a_folder_has_a_file_for_each_part(tmp_path):
    (tmp_path / "train.tsv").write_text("a\t1\nb\t-2.5e3\n")
    (tmp_path / "dev.tsv").write_text("c\t3\n")
    data = load_rated(tmp_path)
    assert data.splits["train"] == RatedTexts(("a", "b"), (1.0, -2500.0))
    with pytest.raises(DataError, match="none of its 3 texts fell to test; add rows, or give a folder"):
        data.split("test")


def test_a_few_are_drawn_and_stay_among_more():
    texts = RatedTexts(tuple("abcdefgh"), tuple(map(float, range(8))))
    few, more = (texts.sample(count, Generator(3)) for count in (3, 6))
    assert len(few) == 3
    assert set(few.texts) < set(more.texts)
    assert texts.sample(99, Generator(0)) == texts


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("b\tmany", "line 2: expected a number such as 3 or -0.5, got 'many'; write it with a decimal point"),
        ("b\t3,5", "line 2: expected a number such as 3 or -0.5, got '3,5'"),
        ("b\tnan", "line 2: expected a finite number, got 'nan'; correct or delete the line"),
        ("b\t1e999", "line 2: expected a finite number, got '1e999'"),
        ("b", "line 2: expected 2 columns separated by tabs"),
        ("\t3", "line 2: column 1 is empty"),
    ],
)
def test_bad_rows(tmp_path, row, message):
    (tmp_path / "rows.tsv").write_text(f"a\t1\n{row}\n")
    with pytest.raises(DataError, match=message):
        load_rated(tmp_path / "rows.tsv")
