"""Averaging the weights of the last measurements."""

import numpy as np
import pytest

from chainrule.training.run import RunFolder

from .command import SMALL, call, fails


@pytest.fixture(scope="module")
def kept(pairs, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "kept"
    result = call("train", "seq2seq", pairs, "--out", run, "--steps", 8, "--evaluate-every", 2, "--keep", 3, *SMALL)
    assert result.exit_code == 0, result.output
    return run


def test_the_mean_is_a_run(kept, tmp_path):
    out = tmp_path / "mean"
    result = call("average", kept, "--out", out, "--last", 2)
    assert "the weights after steps 6, 8." in result.stdout
    weights = [RunFolder.open(kept).snapshots.load(step) for step in (6, 8)]
    for name, mean in RunFolder.open(out).load_model().items():
        np.testing.assert_allclose(mean, (weights[0][name] + weights[1][name]) / 2, rtol=1e-6, atol=1e-8)
    assert call("predict", out, "abc").exit_code == 0
    assert call("compare", kept, out).exit_code == 0
    assert fails("resume", out) == f"{out} holds averaged weights and cannot be trained further: resume {kept}"
    assert "already holds a run" in fails("average", kept, "--out", out)


def test_all_that_was_kept(kept, tmp_path):
    assert "steps 4, 6, 8." in call("average", kept, "--out", tmp_path / "mean").stdout


def test_small_changes_of_matrices_have_no_mean(words, tmp_path):
    run = tmp_path / "run"
    options = ["--task", "classify", "--method", "lora", "--steps", 4, "--evaluate-every", 2, "--keep", 2]
    assert call("finetune", words / "base", words / "rows.tsv", "--out", run, *options).exit_code == 0
    assert "(--method lora), whose parts have no mean" in fails("average", run, "--out", tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_too_few_were_kept(kept, trained, tmp_path):
    out = tmp_path / "mean"
    message = "kept the weights of 3 measurements, and 4 are needed: train with --keep 4 or more"
    assert message in fails("average", kept, "--out", out, "--last", 4)
    assert "kept the weights of 0 measurements, and 2 are needed" in fails("average", trained, "--out", out)
    assert not out.exists()
