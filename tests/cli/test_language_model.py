"""A language model at the command line: pretrain, evaluate, generate."""

import json
import re

import pytest

from .command import call, fails


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("causal")
    (folder / "names.txt").write_text("\n".join(a + b + c for a in "abcde" for b in "aeiou" for c in "nrst"))
    options = ("--layers", 1, "--heads", 2, "--width", 16, "--context", 8, "--steps", 10)
    result = call("pretrain", "causal", folder / "names.txt", "--out", folder / "run", *options)
    assert result.exit_code == 0, result.output
    assert f"Try it: chainrule generate {folder / 'run'} --prompt TEXT" in result.stdout
    return folder / "run"


def test_evaluate(run):
    shown = call("evaluate", run, "--split", "dev").stdout
    loss = r"loss: \d\.\d{4} nats a symbol \(\d\.\d{4} bits\); perplexity [\d.]+"
    assert re.fullmatch(rf"dev: \d+ symbols\n{loss}\n", shown)
    assert json.loads(call("evaluate", run, "--json").stdout)["split"] == "test"


def test_generate(run):
    shown = call("generate", run, "--prompt", "ba", "--samples", 3, "--seed", 1, "--symbols", 20).stdout
    lines = shown.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("ba") for line in lines)
    again = call("generate", run, "--prompt", "ba", "--samples", 3, "--seed", 1, "--symbols", 20, "--json").stdout
    assert ["ba" + json.loads(line)["text"] for line in again.splitlines()] == lines
    assert call("generate", run, "--temperature", 0.7, "--top-k", 3, "--top-p", 0.9).exit_code == 0


def test_fine_tuning(run, tmp_path):
    (tmp_path / "new.txt").write_text("\n".join("ban" * n + a for n in (1, 2, 3) for a in "aeiou"))
    options = ("--task", "generate", "--out", tmp_path / "run", "--steps", 10, "--method", "lora")
    shown = call("finetune", run, tmp_path / "new.txt", *options)
    assert shown.exit_code == 0, shown.output
    assert "updates.layers/*/linear1/weight.up" in shown.stdout
    assert re.search(r"nats a symbol", call("evaluate", tmp_path / "run", "--split", "dev").stdout)
    assert call("generate", tmp_path / "run", "--prompt", "ba", "--seed", 1).stdout.startswith("ba")
    assert "The run is complete" in call("resume", tmp_path / "run").stdout
    message = fails(
        "finetune", run, tmp_path / "new.txt", "--task", "generate", "--out", tmp_path / "no", "--context", 9
    )
    assert message.startswith("context must be at most the 8 symbols that")


def test_generate_wants_a_language_model(trained):
    result = call("generate", trained)
    assert result.exit_code == 2
    assert "a run of the task 'seq2seq' has no command 'generate'" in result.stderr
