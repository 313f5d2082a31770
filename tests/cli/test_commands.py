"""Every command, used as it should be."""

import json
import re
import subprocess
import sys

import pytest

import chainrule
from chainrule.tasks.seq2seq import Seq2SeqSettings
from chainrule.training.settings import setting_rules

from .command import SMALL, call


def test_a_run_folder_is_complete(trained):
    names = {path.name for path in trained.iterdir()}
    assert {"config.json", "model.safetensors", "metrics.jsonl", "checkpoints"} <= names
    assert {"source_tokenizer.json", "target_tokenizer.json"} <= names
    lines = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "dev_word_error_rate" in line] == [5, 10, 12]


def test_predict_writes_a_line_an_input(trained):
    result = call("predict", trained, "abc", "dcba")
    assert result.exit_code == 0
    assert re.fullmatch(r"abc\t([A-D]( [A-D])*)?\ndcba\t([A-D]( [A-D])*)?\n", result.stdout)


def test_predict_reads_files_and_standard_input(trained, tmp_path):
    (tmp_path / "words.txt").write_text("abc\r\ndcba\n")
    expected = call("predict", trained, "abc", "dcba").stdout
    assert call("predict", trained, "--input", tmp_path / "words.txt").stdout == expected
    assert call("predict", trained, stdin="abc\ndcba").stdout == expected


def test_n_best_adds_rank_and_log_probability(trained):
    rows = [line.split("\t") for line in call("predict", trained, "abc", "da", "--n-best", 3).stdout.splitlines()]
    assert [(row[0], row[2]) for row in rows] == [(word, rank) for word in ("abc", "da") for rank in "123"]
    for word in ("abc", "da"):
        scores = [float(row[3]) for row in rows if row[0] == word]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] < 0
    assert len({row[1] for row in rows if row[0] == "abc"}) == 3


def test_json_is_an_object_a_line(trained):
    lines = call("predict", trained, "abc", "da", "--n-best", 2, "--json").stdout.splitlines()
    answers = [json.loads(line) for line in lines]
    assert [answer["input"] for answer in answers] == ["abc", "da"]
    first = answers[0]["answers"][0]
    assert set(first) == {"rank", "output", "symbols", "log_probability"}
    assert first["output"] == " ".join(first["symbols"])


def test_a_word_longer_than_any_seen(trained):
    result = call("predict", trained, "abcd" * 50)
    assert result.exit_code == 0
    assert result.stdout.startswith("abcd" * 50 + "\t")


def test_capitals_count_as_small_letters(trained):
    small, capital = (call("predict", trained, word).stdout for word in ("abc", "ABC"))
    assert capital == small.replace("abc", "ABC")


def test_evaluate(trained):
    shown = call("evaluate", trained, "--split", "dev").stdout
    number = r"\d+\.\d\d"
    detail = rf"error rate: {number} %  \(95 % interval {number} to {number}; \d+ errors in \d+"
    assert re.fullmatch(rf"dev: \d+ words\nword {detail} words\)\nphoneme {detail} phonemes\)\n", shown)
    record = json.loads(call("evaluate", trained, "--json").stdout)
    assert record["split"] == "test"
    assert record["word_error_rate"] == record["word_errors"] / record["words"]
    assert record["phoneme_error_rate"] == record["phoneme_errors"] / record["phonemes"]
    low, high = record["word_error_rate_interval"]
    assert low <= record["word_error_rate"] <= high


def weights(run):
    return (run / "model.safetensors").read_bytes()


def test_a_config_repeats_a_run_to_the_bit(trained, pairs, tmp_path):
    result = call("train", "seq2seq", pairs, "--out", tmp_path / "again", "--config", trained / "config.json")
    assert result.exit_code == 0, result.output
    assert weights(tmp_path / "again") == weights(trained)
    result = call(
        "train", "seq2seq", pairs, "--out", tmp_path / "other", "--config", trained / "config.json", "--seed", 9
    )
    assert result.exit_code == 0, result.output
    assert weights(tmp_path / "other") != weights(trained)


def test_a_toml_file_and_options_over_it(pairs, tmp_path):
    (tmp_path / "my.toml").write_text("steps = 500\nseed = 3\nembedding_size = 9\naveraging = 0.9\n")
    result = call(
        "train", "seq2seq", pairs, "--out", tmp_path / "run", "--config", tmp_path / "my.toml", *SMALL, "--epochs", 1
    )
    assert result.exit_code == 0, result.output
    settings = json.loads((tmp_path / "run" / "config.json").read_text())["settings"]
    assert (settings["steps"], settings["epochs"], settings["seed"]) == (None, 1, 3)
    assert (settings["embedding_size"], settings["averaging"]) == (8, 0.9)


def test_resume_extends_a_finished_run(copy, pairs, tmp_path):
    before = weights(copy)
    result = call("resume", copy)
    assert result.exit_code == 0
    assert "complete after step 12" in result.output
    assert weights(copy) == before
    result = call("resume", copy, "--steps", 30, "--minutes", 1)
    assert result.exit_code == 2
    result = call("resume", copy, "--steps", 30)
    assert result.exit_code == 0, result.output
    assert "Done after step 42" in result.output
    repeated = call("train", "seq2seq", pairs, "--out", tmp_path / "again", "--config", copy / "config.json")
    assert repeated.exit_code == 0
    assert weights(tmp_path / "again") == weights(copy)


def test_resume_extends_by_minutes(copy):
    result = call("resume", copy, "--minutes", 0.02)
    assert result.exit_code == 0, result.output
    first, second = json.loads((copy / "config.json").read_text())["stages"]
    assert (first["start"], first["length"], second["start"]) == (0, 12, 12)
    assert second["held"] >= 5
    assert f"training for {second['length']:,} steps, to step {12 + second['length']:,}" in result.output
    assert f"Done after step {12 + second['length']:,}" in result.output


def test_minutes_are_planned_and_recorded(pairs, tmp_path):
    arguments = ["--out", tmp_path / "run", "--minutes", 0.03, "--evaluation-size", 10]
    result = call("train", "seq2seq", pairs, *arguments, *SMALL)
    assert result.exit_code == 0, result.output
    assert "timing the first steps to see how many fit into 0.03 minutes" in result.output
    stage = json.loads((tmp_path / "run" / "config.json").read_text())["stages"][0]
    assert f"training for {stage['length']:,} steps" in result.output
    assert stage["held"] >= 5
    result = call("train", "seq2seq", pairs, "--out", tmp_path / "b", "--config", tmp_path / "run" / "config.json")
    assert result.exit_code == 0
    assert weights(tmp_path / "b") == weights(tmp_path / "run")


def test_a_folder_with_three_files(pairs, tmp_path):
    lines = pairs.read_text().splitlines(keepends=True)
    for name, part in (("train", lines[:100]), ("dev", lines[100:110]), ("test", lines[110:120])):
        (tmp_path / f"{name}.tsv").write_text("".join(part))
    result = call("train", "seq2seq", tmp_path, "--out", tmp_path / "run", "--steps", 3, *SMALL)
    assert result.exit_code == 0, result.output
    assert json.loads(call("evaluate", tmp_path / "run", "--json").stdout)["words"] == 10


def test_predict_needs_only_the_folder(pairs, tmp_path):
    moved = tmp_path / "moved.tsv"
    moved.write_bytes(pairs.read_bytes())
    assert call("train", "seq2seq", moved, "--out", tmp_path / "run", "--steps", 2, *SMALL).exit_code == 0
    moved.unlink()
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    assert call("predict", tmp_path / "elsewhere", "abc").exit_code == 0


def test_plain_lines_where_there_is_no_terminal(pairs, tmp_path):
    result = call("train", "seq2seq", pairs, "--out", tmp_path / "run", "--steps", 4, "--log-every", 2, *SMALL)
    assert re.search(r"step 2/4: loss \d\.\d{4}, [\d,]+ words/s, 0:00:\d\d left\n", result.stdout)
    assert re.search(r"step 4: dev word error rate \d\.\d{4}, dev phoneme error rate \d\.\d{4}", result.stdout)


@pytest.mark.parametrize(
    "command",
    [(), ("train",), ("train", "seq2seq"), ("predict",), ("evaluate",), ("resume",), ("data",), ("data", "list"),
     ("warmup",), ("doctor",)],
)  # fmt: skip
def test_help_has_examples(command):
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert re.search(r"Examples?:\n +chainrule ", result.output)


def test_every_setting_has_an_option_with_its_default():
    shown = " ".join(call("train", "seq2seq", "--help").output.split())
    for name, rule in setting_rules(Seq2SeqSettings).items():
        assert f"--{name.replace('_', '-')} " in shown
        if isinstance(rule.default, str | int):
            assert f"[default: {rule.default}]" in shown


def test_data_list():
    assert "cmudict\t" in call("data", "list").output


@pytest.mark.parametrize("arguments", [("--version",), ("doctor",)])
def test_what_a_bug_report_needs(arguments):
    shown = call(*arguments).output
    assert shown.startswith(f"chainrule {chainrule.__version__}\n")
    for fact in ("processor", "threads", "python", "numpy", "numba", "blas", "backends"):
        assert f"\n{fact} " in shown


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX resource usage")
def test_help_is_quick():
    import resource

    def processor_seconds():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    command = [sys.executable, "-c", "from chainrule.cli import main; main(['--help'])"]
    seconds = []
    for _ in range(5):
        began = processor_seconds()  # not the clock: other programs may be running
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(processor_seconds() - began)
    assert min(seconds) < 0.5
