"""What pre-training is worth, at the command line."""

import json

import pytest

from .command import call, fails


def curve(words, out, *more):
    return ("curve", words / "base", words / "rows.tsv", "--task", "classify", "--out", out, "--steps", 2, *more)


def test_curves(words, tmp_path):
    asked = curve(words, tmp_path, "--examples", "10%,30", "--seeds", 2)
    first = call(*asked)
    assert first.exit_code == 0, first.output
    title, head, *rows = first.stdout.splitlines()
    assert title.endswith("rows.tsv, test: accuracy in %, the mean over seeds and its 95 % interval")
    assert head.split() == ["examples", "6", "30"]
    assert [row.split("  ")[0] for row in rows] == ["pre-trained", "from scratch", "pre-trained less from scratch"]
    assert first.stderr.splitlines()[-1].startswith("8 of 8: from scratch, 30 examples, seed 1: accuracy ")
    again = call(*asked, "--json")
    assert again.stderr == ""
    points = json.loads(again.stdout)["points"]
    assert [(p["arm"], p["examples"], len(p["values"])) for p in points] == [
        (arm, examples, 2) for arm in ("pre-trained", "from scratch") for examples in (6, 30)
    ]
    assert points[0]["interval"][0] <= points[0]["mean"] <= points[0]["interval"][1]


def test_a_picture(words, tmp_path):
    pytest.importorskip("matplotlib")
    asked = curve(words, tmp_path, "--examples", "30", "--seeds", 1, "--plot", tmp_path / "curve.svg")
    assert call(*asked).exit_code == 0
    picture = (tmp_path / "curve.svg").read_text()
    assert "labelled examples" in picture
    assert "from scratch" in picture
    assert fails(*curve(words, tmp_path, "--plot", "curve.gif")) == "curve.gif must end in .svg, .png or .pdf"


def test_bad_input(words, tmp_path):
    assert "expected shares or numbers of examples" in fails(*curve(words, tmp_path, "--examples", "some"))
    (tmp_path / "one.tsv").write_text("a text\tone\nanother\tone\n")
    asked = ("curve", words / "base", tmp_path / "one.tsv", "--task", "classify", "--out", tmp_path / "out")
    assert "expected at least two different labels, got one" in fails(*asked)
    asked = ("curve", words / "base", words / "rows.tsv", "--task", "seq2seq", "--out", tmp_path / "out")
    assert "is a run of the task 'masked': pairs are learned on top of runs of denoise and seq2seq" in fails(*asked)
    assert not (tmp_path / "out").exists()
