"""A small data set and a small trained run."""

import shutil

import pytest

from .command import SMALL, call, write_pairs


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


@pytest.fixture
def copy(trained, tmp_path):
    """A finished run to damage."""
    return shutil.copytree(trained, tmp_path / "copy")
