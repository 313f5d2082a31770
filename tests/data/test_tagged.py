"""Sentences with tags: files as CoNLL writes them, splits, samples, and what is wrong with them."""

import pytest

from chainrule.data import TaggedDataset, load_tagged
from chainrule.data.tagged import Sentence, read_tagged
from chainrule.errors import DataError
from chainrule.random import Generator

ROWS = [(f"word{n} walks", "noun verb") for n in range(300)]


def write(path, rows):
    sentences = ("".join(f"{w} {t}\n" for w, t in zip(words.split(), tags.split())) for words, tags in rows)
    path.write_text("\n".join(sentences), encoding="utf-8")
    return path


def test_files(tmp_path):
    file = tmp_path / "a.conll"
    file.write_text("-DOCSTART- -X-\n\nThe\tdt\nNew York\tnp\n\n\n\nIt pps\r\nis  bez\n", encoding="utf-8")
    assert read_tagged(file) == [
        Sentence(("The", "New York"), ("dt", "np"), f"{file}, from line 3 on"),
        Sentence(("It", "is"), ("pps", "bez"), f"{file}, from line 8 on"),
    ]


def test_columns(tmp_path):
    file = tmp_path / "a.conll"
    file.write_text("EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n", encoding="utf-8")
    assert read_tagged(file, (0, 3))[0].tags == ("B-ORG", "O")


def test_split_by_hash(tmp_path):
    data = load_tagged(write(tmp_path / "a.conll", ROWS))
    assert data.tags == ("noun", "verb")
    assert sum(map(len, data.splits.values())) == 300
    assert all(map(len, data.splits.values()))
    assert data.notes == ()
    more = TaggedDataset.read(write(tmp_path / "b.conll", [*ROWS, ("one more", "noun noun")]))
    assert all(set(part.words) <= set(more.splits[name].words) for name, part in data.splits.items())
    assert data.fingerprint() != more.fingerprint()


def test_a_sample(tmp_path):
    part = load_tagged(write(tmp_path / "a.conll", ROWS)).split("train")
    few = part.sample(10, Generator(0))
    assert len(few) == len(set(few.words)) == 10
    assert few == part.sample(10, Generator(0)) != part.sample(10, Generator(1))
    assert part.sample(1000, Generator(0)) == part


def test_tags_that_cannot_be_learned_are_named_with_their_line(tmp_path):
    write(tmp_path / "train.conll", ROWS[:5])
    write(tmp_path / "dev.conll", [("it walks", "noun verb"), ("Oh well", "uh uh")])
    (note,) = load_tagged(tmp_path).notes
    assert note == (
        "2 of the words of dev have tags that no word to learn from has, such as 'uh' of 'Oh', "
        f"{tmp_path / 'dev.conll'}, from line 4 on: they will count as wrong"
    )
    with pytest.raises(DataError, match="none of its 7 sentences fell to test"):
        load_tagged(tmp_path).split("test")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("The dt\ndog\n", r"line 2: expected 2 columns, a token and its tag among them, found 1 in 'dog'"),
        ("The\tdt\ndog\t \n", r"line 2: expected 2 columns|line 2: column 2 is empty in 'dog\\t '; fill it in"),
        ("The\tdt\n\tnn\n", r"line 2: column 1 is empty in '\\tnn'; fill it in"),
        ("-DOCSTART- x\n", "holds no sentence; it must have a token and its tag a line"),
        ("The nn\ndog nn\n", "expected at least two different tags, got nn"),
        ("\n \n", "is empty"),
    ],
)
def test_bad_input(tmp_path, content, message):
    (tmp_path / "bad.conll").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_tagged(tmp_path / "bad.conll")
