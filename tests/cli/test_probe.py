"""What a model makes of labelled data, at the command line."""

import json
import re

import pytest

from .command import call, fails


def test_probes(words):
    shown = call("evaluate", words / "base", "--probe", words / "rows.tsv", "--neighbours", 3)
    assert shown.exit_code == 0, shown.output
    sizes, head, *rows, difference = shown.stdout.splitlines()
    assert re.search(r"rows\.tsv: \d+ train, \d+ dev, \d+ test$", sizes)
    assert head.split() == ["accuracy", "on", "test", "%", "95", "%", "interval"]
    assert [re.split("  +", row)[0] for row in rows] == [
        "linear probe",
        "3 nearest neighbours",
        "linear probe, random weights",
        "TF-IDF and logistic regression",
        "the commonest label alone",
    ]
    assert difference.startswith("linear probe less TF-IDF and logistic regression: ")
    record = json.loads(call("evaluate", "--probe", words / "rows.tsv", words / "base", "--json").stdout)
    assert 0.5 < record["probes"]["linear probe"]["accuracy"] <= 1


def test_curves_of_probes(words, tmp_path):
    pytest.importorskip("matplotlib")
    asked = ("evaluate", words / "base", "--probe", words / "rows.tsv", "--examples", "10,100%", "--seeds", 2)
    points = json.loads(call(*asked, "--json", "--plot", tmp_path / "probes.png").stdout)["points"]
    assert {len(point["values"]) for point in points if point["examples"] == 10} == {2}
    assert {len(point["values"]) for point in points if point["examples"] > 10} == {1}  # all are drawn in one way only
    assert (tmp_path / "probes.png").read_bytes().startswith(b"\x89PNG")
    assert "the amounts between which to draw" in fails(*asked[:4], "--plot", "probes.png", status=2)


def test_help():
    assert "--neighbours" in call("evaluate", "--help").stdout
    assert "--neighbours" in call("evaluate", "--probe", "rows.tsv", "--help").stdout


def test_bad_input(words, tmp_path):
    base, rows = words / "base", words / "rows.tsv"
    assert fails("evaluate", "--probe", rows, status=2) == "Missing argument 'RUN'."
    assert "there is no data set and no file named 'wordnett'; did you mean" in fails(
        "evaluate", base, "--probe", "wordnett"
    )
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "train.tsv").write_text("a\tone\nb\tone\nc\ttwo\n")
    for part in ("dev", "test"):
        (folder / f"{part}.tsv").write_text("a\tone\nd\tthree\n")
    assert "the label 'three' stands in dev and not in train" in fails("evaluate", base, "--probe", folder)
    (tmp_path / "one.tsv").write_text("a text\tone\nanother\tone\n")
    assert "expected at least two different labels, got one" in fails("evaluate", base, "--probe", tmp_path / "one.tsv")
    (tmp_path / "empty.tsv").write_text("a text\tone\n \ttwo\n")
    assert "line 2" in fails("evaluate", base, "--probe", tmp_path / "empty.tsv")
    assert "expected shares or numbers of examples" in fails("evaluate", base, "--probe", rows, "--examples", "none")
    assert "expected 2 columns" in fails("evaluate", base, "--probe", words / "words.txt")
