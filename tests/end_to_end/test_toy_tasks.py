"""Copying and reversing are learned to the last symbol."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from chainrule.cli import main

pytestmark = pytest.mark.slow

LETTERS = list("abcdefgh")


def run_command(*arguments):
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("name", "cell", "attention"),
    [
        ("copy", "lstm", "dot"),
        ("copy", "gru", "general"),
        ("reverse", "lstm", "dot"),
        ("reverse", "lstm", "general"),
        ("reverse", "gru", "additive"),
    ],
)
def test_a_toy_task(tmp_path, name, cell, attention):
    generator = np.random.default_rng(1)
    drawn = (generator.choice(LETTERS, size=generator.integers(3, 8), replace=False) for _ in range(6000))
    words = dict.fromkeys("".join(letters) for letters in drawn)
    order = {"copy": 1, "reverse": -1}[name]
    rows = "".join(f"{word}\t{' '.join(word[::order])}\n" for word in words)
    (tmp_path / "pairs.tsv").write_text(rows)
    run_command(
        *("train", "seq2seq", tmp_path / "pairs.tsv", "--out", tmp_path / "run", "--steps", 500),
        *("--cell", cell, "--attention", attention, "--learning-rate", 6e-3, "--averaging", 0.98, "--dropout", 0),
        *("--embedding-size", 32, "--encoder-size", 32, "--decoder-size", 64, "--batch-size", 64),
        *("--evaluate-every", 100),
    )
    record = json.loads(run_command("evaluate", tmp_path / "run", "--json"))
    assert record["words"] > 400
    assert record["word_errors"] == 0
    word = "gfedcba"
    assert run_command("predict", tmp_path / "run", word) == f"{word}\t{' '.join(word[::order])}\n"


def test_names_that_nobody_knows_are_copied(tmp_path):
    """The vocabulary has room for the sentences' own words alone; every name is new."""
    generator = np.random.default_rng(2)

    def name():
        return "".join(generator.choice(LETTERS, size=6)).capitalize()

    patterns = ("greet {} kindly", "hello {}"), ("call {} twice", "{0} {0}"), ("tell {} about {}", "{1} {0}")
    rows = []
    for number in range(4000):
        names = name(), name()
        rows.append("\t".join(text.format(*names) for text in patterns[number % len(patterns)]))
    (tmp_path / "pairs.tsv").write_text("\n".join(rows) + "\n")
    run_command(
        *("train", "seq2seq", tmp_path / "pairs.tsv", "--out", tmp_path / "run", "--steps", 400, "--copy"),
        *("--source-symbols", "symbols", "--target-symbols", "symbols", "--joint-vocabulary", "--vocabulary-size", 11),
        *("--learning-rate", 6e-3, "--averaging", 0.98, "--batch-size", 64, "--evaluate-every", 200),
        *("--embedding-size", 32, "--encoder-size", 32, "--decoder-size", 64),
    )
    record = json.loads(run_command("evaluate", tmp_path / "run", "--json"))
    assert record["words"] > 300 and record["word_errors"] == 0
    said = run_command("predict", tmp_path / "run", "tell Zaphod about Marvin", "call Ford twice")
    assert [line.split("\t")[1] for line in said.splitlines()] == ["Marvin Zaphod", "Ford Ford"]
    sampled = run_command("predict", tmp_path / "run", "greet Trillian kindly", "--sample", "--top-k", 1)
    assert sampled == "greet Trillian kindly\thello Trillian\n"
