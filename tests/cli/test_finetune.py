"""From texts without labels to a classifier, at the command line."""

import json
import re

from .command import call

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


def test_a_task_is_asked_for(tmp_path):
    result = call("finetune", tmp_path, "rows.tsv")
    assert result.exit_code == 2
    assert "missing option '--task', one of classify" in result.stderr
    assert "--layer-decay" in call("finetune", "--task", "classify", "--help").stdout
    assert "classify  Texts with a label each." in call("finetune", "--help").stdout
