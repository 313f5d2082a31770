"""Inputs that end with a mark, by which attention can count."""

import json

import pytest
from click.testing import CliRunner

from chainrule.cli import main
from chainrule.inspect.attention import align
from chainrule.tasks.seq2seq import Predictor

SMALL = (
    "--embedding-size",
    "8",
    "--encoder-size",
    "8",
    "--decoder-size",
    "16",
    "--steps",
    "4",
    "--evaluate-every",
    "4",
)


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{'ab'[n % 2]}{n}\t{n}\n" for n in range(200)))
    return path


def test_a_run_marks_the_ends_of_its_inputs(tmp_path, pairs):
    trained = run("train", "seq2seq", pairs, "--out", tmp_path / "run", "--source-end", *SMALL)
    assert trained.exit_code == 0, trained.output
    predictor = Predictor.open(tmp_path / "run")
    assert predictor.codec.ends
    assert align(predictor, "a1").source == ("a", "1", "(end)")
    assert run("predict", tmp_path / "run", "a1", "b22").exit_code == 0
    scored = run("evaluate", tmp_path / "run", "--json")
    assert scored.exit_code == 0 and json.loads(scored.stdout)["words"] > 0
    explained = run("explain", "seq2seq", tmp_path / "run", "a1")
    assert explained.exit_code == 0 and "(end)" in explained.stdout


def test_bpe_dropout_knows_no_mark(tmp_path, pairs):
    refused = run("train", "seq2seq", pairs, "--out", tmp_path / "run", "--source-end", "--bpe-dropout", 0.1, *SMALL)
    assert refused.exit_code and "bpe_dropout" in refused.output and "leave one of them out" in refused.output


def test_denoising_knows_no_mark(tmp_path):
    (tmp_path / "words.txt").write_text("".join(f"word{n}\n" for n in range(100)))
    refused = run("pretrain", "denoise", tmp_path / "words.txt", "--out", tmp_path / "run", "--source-end", *SMALL)
    assert refused.exit_code and "leave source_end out" in refused.output
    assert not (tmp_path / "run" / "config.json").exists()
