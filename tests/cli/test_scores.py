"""Scores of runs: by their kind of pairs, together, and one against the other."""

import json
import re
import shutil

import pytest

from .command import SMALL, call, change_json, fails

_WORDS = ["--source-symbols", "words", "--target-symbols", "words", "--steps", 4, "--model", "recurrent"]


@pytest.fixture(scope="module")
def other(pairs, tmp_path_factory):
    """A run like `trained` with another seed."""
    run = tmp_path_factory.mktemp("runs") / "other"
    result = call("train", "seq2seq", pairs, "--out", run, "--steps", 12, "--seed", 7, *SMALL)
    assert result.exit_code == 0, result.output
    return run


@pytest.fixture(scope="module")
def sentences(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "sentences.tsv"
    rows = (f"{a} {b} {c}\tthe {c} {b} {a}." for a in "pqrst" for b in "uvwx" for c in "yzkl")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def _train(sentences, folder, task):
    result = call("train", "seq2seq", sentences, "--out", folder / task, "--task", task, *_WORDS, *SMALL)
    assert result.exit_code == 0, result.output
    return folder / task


def test_translations(sentences, tmp_path):
    pytest.importorskip("sacrebleu", reason='pip install "chainrule[text]"')
    run = _train(sentences, tmp_path, "translate")
    lines = call("evaluate", run).stdout.splitlines()
    assert re.fullmatch(r"test: \d+ inputs", lines[0])
    assert [line.split(":")[0] for line in lines[1:]] == ["BLEU", "chrF", "TER", "perplexity"]
    assert "tok:13a" in lines[1]
    record = json.loads(call("evaluate", run, "--json", "--split", "dev").stdout)
    assert {"BLEU", "chrF_signature", "TER_interval", "perplexity"} <= set(record)
    assert record["perplexity"] > 1


def test_dialogues(sentences, tmp_path):
    run = _train(sentences, tmp_path, "dialogue")
    lines = call("evaluate", run).stdout.splitlines()
    assert lines[1].startswith("perplexity: ")
    assert lines[2].split() == ["replies", "distinct-1", "distinct-2", "different", "copied", "commonest"]
    assert [line[:12].strip() for line in lines[3:]] == ["greedy", "beam of 5", "sampled", "references"]
    record = json.loads(call("evaluate", run, "--json").stdout)
    assert record["replies"]["references"]["distinct_1"] > 0
    assert 0 < record["replies"]["greedy"]["commonest_share"] <= 1
    assert 0 <= record["replies"]["sampled"]["copied_share"] <= 1


def test_sampling_is_repeatable(trained):
    def draw(*options):
        return call("predict", trained, "abc", "abc", "dcba", "--sample", "--n-best", 3, *options).stdout

    assert draw() == draw("--seed", 0)
    assert draw() != draw("--seed", 1)
    assert len(set(draw().splitlines())) > 5
    cold = draw("--top-k", 1).splitlines()
    greedy = call("predict", trained, "abc", "--beam-width", 1).stdout.split("\t")[1].strip()
    assert cold[0].split("\t")[1] == greedy
    assert draw("--temperature", 0.1, "--top-p", 0.9) != draw()


def test_runs_that_answer_together(trained, other):
    alone = json.loads(call("predict", trained, "abc", "--json").stdout)["answers"][0]
    twice = json.loads(call("predict", trained, "abc", "--with", trained, "--json").stdout)["answers"][0]
    assert twice["symbols"] == alone["symbols"]
    assert twice["log_probability"] == pytest.approx(alone["log_probability"], rel=1e-4)
    assert call("predict", trained, "abc", "--with", other).exit_code == 0
    record = json.loads(call("evaluate", trained, "--with", other, "--json").stdout)
    assert 0 <= record["word_error_rate"] <= 1


def test_a_comparison(trained, other):
    lines = call("compare", trained, other).stdout.splitlines()
    assert lines[0] == f"test: {trained} and {other}"
    pattern = r"(word|phoneme) error rate: .* % and .* %, difference .* \(95 % interval .* to .*, p = .*\): .*"
    assert all(re.fullmatch(pattern, line) for line in lines[1:])
    scores = json.loads(call("compare", trained, other, "--json").stdout)["scores"]
    alone = [json.loads(call("evaluate", run, "--json").stdout) for run in (trained, other)]
    found = scores["phoneme error rate"]
    assert (found["first"], found["second"]) == tuple(one["phoneme_error_rate"] for one in alone)
    assert found["interval"][0] <= found["difference"] <= found["interval"][1]
    same = json.loads(call("compare", trained, trained, "--json").stdout)["scores"]["word error rate"]
    assert (same["difference"], same["p_value"]) == (0.0, 1.0)


def test_what_cannot_be_compared_or_joined(trained, sentences, tmp_path):
    dialogue = _train(sentences, tmp_path, "dialogue")
    assert "only runs on the same data can be compared" in fails("compare", trained, dialogue)
    assert "because their symbols differ" in fails("predict", trained, "abc", "--with", dialogue)
    assert "because their symbols differ" in fails("evaluate", trained, "--with", dialogue)
    transduce = _train(sentences, tmp_path, "transduce")
    assert "have no score in common" in fails("compare", dialogue, transduce)
    assert "no config.json" in fails("compare", trained, tmp_path)
    other = shutil.copytree(trained, tmp_path / "other")
    change_json(other / "config.json", task="image")
    assert "only runs of the same task can be compared" in fails("compare", trained, other)
    shutil.copytree(trained, tmp_path / "copy")
    (tmp_path / "copy" / "target_tokenizer.json").write_text("{")
    assert "is damaged" in fails("compare", trained, tmp_path / "copy")


def test_sampling_out_of_range(trained):
    assert "temperature" in fails("predict", trained, "abc", "--sample", "--temperature", 0, status=2)
    assert "top-p" in fails("predict", trained, "abc", "--sample", "--top-p", 1.5, status=2)


def test_given_beginnings_and_answers(trained, tmp_path):
    rows = call("predict", trained, "abc", "dcba", "--prefix", "D A", "--n-best", 3).stdout.splitlines()
    assert len(rows) == 6
    assert all(row.split("\t")[1].startswith("D A") for row in rows)
    (tmp_path / "answers.txt").write_text("A B\nC\nD D A\n")
    rows = call("predict", trained, "abc", "--among", tmp_path / "answers.txt", "--n-best", 5).stdout.splitlines()
    assert sorted(row.split("\t")[1] for row in rows) == ["A B", "C", "D D A"]
    assert "'Z' was never seen in one" in fails("predict", trained, "abc", "--prefix", "A Z")
    (tmp_path / "answers.txt").write_text("A\nQ\n")
    assert "'Q' cannot be an answer" in fails("predict", trained, "abc", "--among", tmp_path / "answers.txt")
    assert "for a search" in fails("predict", trained, "abc", "--prefix", "A", "--sample", status=2)
