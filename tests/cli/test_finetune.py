"""From texts without labels to a classifier, at the command line."""

import json
import re

import pytest

from .command import call, fails

SMALL = ("--layers", 1, "--heads", 2, "--width", 16, "--context", 16, "--batch-size", 16)


def test_pretrain_then_finetune(tmp_path):
    words = [a * n + b for n in (1, 2, 3, 4) for a in "abcdef" for b in "xyz"]
    (tmp_path / "words.txt").write_text("\n".join(words))
    (tmp_path / "rows.tsv").write_text("".join(f"{w}\t{'late' if w[0] > 'c' else 'early'}\n" for w in words))
    base, run = tmp_path / "base", tmp_path / "run"
    shown = call("pretrain", "masked", tmp_path / "words.txt", "--out", base, "--steps", 10, *SMALL)
    assert f'Try it: chainrule predict {base} "a text with a <mask>"' in shown.stdout
    assert re.match(r"aa<mask>\t1\t. 0\.\d{3}\t. 0\.\d{3}\n$", call("predict", base, "aa<mask>", "--n-best", 2).stdout)
    assert "symbols hidden" in call("evaluate", base).stdout
    shown = call("finetune", base, tmp_path / "rows.tsv", "--task", "classify", "--out", run, "--steps", 10)
    assert shown.exit_code == 0, shown.output
    assert re.search(r"loaded +\d+ arrays.*\n +reshaped +0 .*\n +new +2 arrays", shown.stdout)
    record = json.loads(call("evaluate", run, "--json").stdout)
    assert record["split"] == "test"
    assert 0 <= record["accuracy"] <= 1
    (line,) = call("predict", run, "aaax", "--n-best", 2, "--json").stdout.splitlines()
    assert {label["label"] for label in json.loads(line)["labels"]} == {"early", "late"}
    resumed = call("resume", run)
    assert "The run is complete after step 10" in resumed.stdout


def tagged(path, count=60):
    """A word is a verb behind another one."""
    words = [(a + b, c + a) for a in "abcdef" for b in "xyz" for c in "uvw"][:count]
    path.write_text("\n".join(f"{first} nn\n{second} vb\n" for first, second in words))
    return path


def test_pretrain_then_tag(tmp_path):
    (tmp_path / "texts.txt").write_text("\n".join(a + b + " " + c + a for a in "abcdef" for b in "xyz" for c in "uvw"))
    base, run, data = tmp_path / "base", tmp_path / "run", tagged(tmp_path / "rows.conll")
    assert call("pretrain", "masked", tmp_path / "texts.txt", "--out", base, "--steps", 5, *SMALL).exit_code == 0
    shown = call("finetune", base, data, "--task", "tag", "--out", run, "--epochs", 20, "--learning-rate", 0.01)
    assert shown.exit_code == 0, shown.output
    assert "head.linear.weight (2, 16): drawn at random" in shown.stdout
    shown = call("evaluate", run, "--split", "train").stdout
    assert re.search(r"sentences, \d+ words\naccuracy: 100.00 %  \(95 % interval 100.00 to 100.00\)\nthe comm", shown)
    assert re.search(r"tag   count  precision  recall      F1\nnn +\d+ +100.00  100.00  100.00\nvb ", shown)
    record = json.loads(call("evaluate", run, "--split", "train", "--json").stdout)
    assert record["accuracy"] == 1.0
    assert record["tags"]["nn"]["f1"] == 1.0
    assert call("predict", run, "ax ua", "bx, ub").stdout == "ax/nn ua/vb\n" + "bx/nn ,/vb ub/vb\n"
    (line,) = call("predict", run, "--words", "--json", stdin="bx,  ub\n").stdout.splitlines()
    assert [word["word"] for word in json.loads(line)["words"]] == ["bx,", "ub"]
    assert "The run is complete" in call("resume", run).stdout
    assert call("resume", run, "--steps", 3).exit_code == 0


def test_pretrain_then_estimate_numbers(tmp_path):
    words = [a * n + b for n in (1, 2, 3, 4) for a in "abcdef" for b in "xyz"]
    (tmp_path / "words.txt").write_text("\n".join(words))
    (tmp_path / "rows.tsv").write_text("".join(f"{word}\t{100 + 10 * word.count('a')}\n" for word in words))
    base, run, data = tmp_path / "base", tmp_path / "run", tmp_path / "rows.tsv"
    assert call("pretrain", "masked", tmp_path / "words.txt", "--out", base, "--steps", 5, *SMALL).exit_code == 0
    shown = call("finetune", base, data, "--task", "regress", "--out", run, "--steps", 10)
    assert shown.exit_code == 0, shown.output
    assert "dev mean absolute error" in shown.stdout
    assert f'Try it: chainrule predict {run} "a text"' in shown.stdout
    shown = call("evaluate", run).stdout
    number = r"-?\d+(\.\d+)?(e-\d+)?"
    interval = rf"  \(95 % interval {number} to {number}\)\n"
    assert re.match(rf"test: \d+ texts\nmean absolute error: {number}{interval}the mean alone: {number}\n", shown)
    assert re.search(rf"\nR2: {number}{interval}Pearson's correlation: {number}{interval}Spearman's rank c", shown)
    record = json.loads(call("evaluate", run, "--split", "dev", "--json").stdout)
    assert record["R2"]["interval"][0] <= record["R2"]["value"] <= record["R2"]["interval"][1]
    assert re.fullmatch(r"aax\t1\d\d(\.\d)?\nby\t1\d\d(\.\d)?\n", call("predict", run, "aax", "by").stdout)
    (line,) = call("predict", run, "--json", stdin="aax\n").stdout.splitlines()
    assert 90 < json.loads(line)["number"] < 150
    out = tmp_path / "curve"
    shown = call("curve", base, data, "--task", "regress", "--out", out, "--examples", 20, "--seeds", 1, "--steps", 3)
    assert "mean absolute error, the mean over seeds" in shown.stdout, shown.output
    data.write_text("a\tmuch\n")
    assert "line 1: expected a number" in fails("finetune", base, data, "--task", "regress", "--out", tmp_path / "no")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a nn\nb\n", "rows.conll, line 2: expected 2 columns"),
        ("a nn\nb nn\n", "expected at least two different tags, got nn"),
        ("", "rows.conll is empty"),
    ],
)
def test_bad_tags(tmp_path, content, problem):
    (tmp_path / "rows.conll").write_text(content)
    message = fails("finetune", tmp_path, tmp_path / "rows.conll", "--task", "tag", "--out", tmp_path / "run")
    assert problem in message


def test_a_task_is_asked_for(tmp_path):
    result = call("finetune", tmp_path, "rows.tsv")
    assert result.exit_code == 2
    assert "missing option '--task', one of classify" in result.stderr
    assert "--layer-decay" in call("finetune", "--task", "classify", "--help").stdout
    assert "classify  Texts with a label each." in call("finetune", "--help").stdout
