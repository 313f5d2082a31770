"""A small data set and a small trained run."""

import shutil

import pytest

from .command import SMALL, SMALL_ENCODER, call, write_pairs


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    return write_pairs(tmp_path_factory.mktemp("data") / "pairs.tsv")


@pytest.fixture(scope="session")
def trained(pairs, tmp_path_factory):
    """A finished run; tests only read it."""
    run = tmp_path_factory.mktemp("runs") / "trained"
    result = call("train", "seq2seq", pairs, "--out", run, "--steps", 12, "--evaluate-every", 5, *SMALL)
    assert result.exit_code == 0, result.output
    return run


@pytest.fixture(scope="session")
def words(tmp_path_factory):
    """Words without labels in ``words.txt``, with labels in ``rows.tsv``, and a small model that learned from them."""
    folder = tmp_path_factory.mktemp("words")
    words = [a * n + b for n in (1, 2, 3, 4) for a in "abcdef" for b in "xyz"]
    (folder / "words.txt").write_text("\n".join(words))
    (folder / "rows.tsv").write_text("".join(f"{w}\t{'late' if w[0] > 'c' else 'early'}\n" for w in words))
    result = call("pretrain", "masked", folder / "words.txt", "--out", folder / "base", "--steps", 2, *SMALL_ENCODER)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def copy(trained, tmp_path):
    """A finished run to damage."""
    return shutil.copytree(trained, tmp_path / "copy")
