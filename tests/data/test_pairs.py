"""Pairs: grouping, parts, folders, fingerprints."""

import pytest

from chainrule.data import CharacterTokenizer, PairDataset, Pairs, SymbolTokenizer
from chainrule.errors import DataError

_ROWS = [("read", "R IY D"), ("red", "R EH D"), ("read", "R EH D"), ("read", "R IY D")]


def test_grouping():
    pairs = Pairs.group(_ROWS)
    assert pairs.sources == ("read", "red")
    assert pairs.references == (("R IY D", "R EH D"), ("R EH D",))
    assert len(pairs) == 2
    assert list(pairs.rows()) == [_ROWS[0], _ROWS[2], _ROWS[1]]


def test_file(tmp_path):
    path = tmp_path / "words.tsv"
    path.write_text("".join(f"word{n}\tW {n}\n" for n in range(300)))
    dataset = PairDataset.read(path)
    assert dataset.name == str(path)
    assert [len(dataset.split(part)) > 0 for part in ("train", "dev", "test")] == [True] * 3
    assert sum(map(len, dataset.splits.values())) == 300
    assert (dataset.source_tokenizer, dataset.target_tokenizer) == (CharacterTokenizer, SymbolTokenizer)


def test_folder(tmp_path):
    (tmp_path / "train.tsv").write_text("a\tA\nb\tB\n")
    (tmp_path / "test.tsv").write_text("c\tC\n")
    dataset = PairDataset.read(tmp_path)
    assert dataset.split("train").sources == ("a", "b")
    assert dataset.split("test").sources == ("c",)
    with pytest.raises(DataError, match="none of its 3 sources fell to dev; add rows"):
        dataset.split("dev")
    with pytest.raises(DataError, match="has no part 'valid'; its parts are train, dev, test"):
        dataset.split("valid")


def test_folder_without_training_data(tmp_path):
    with pytest.raises(DataError, match=r"holds no train\.tsv"):
        PairDataset.read(tmp_path)


def test_fingerprint_changes_with_the_content():
    rows = [(f"word{n}", "W") for n in range(50)]
    first = PairDataset.from_pairs("a", rows)
    assert first.fingerprint() == PairDataset.from_pairs("b", rows).fingerprint()
    assert first.fingerprint() != PairDataset.from_pairs("a", rows + [("more", "M")]).fingerprint()
    assert first.fingerprint() != PairDataset.from_pairs("a", rows, dev=0.5).fingerprint()
    assert len(first.fingerprint()) == 32
