"""Bad input: one sentence, a non-zero exit status, no traceback, nothing lost."""

import errno
import json
import os
from pathlib import Path

import pytest

from chainrule.data import files as data_files
from chainrule.training import checkpoint

from .command import SMALL, call, change_json, fails


def train(data, out, *more):
    return ("train", "seq2seq", data, "--out", out, "--steps", 3, *SMALL, *more)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "data.tsv is empty"),
        (b"\n\n", "data.tsv is empty"),
        (b"abc\ndef\n", "data.tsv, line 1: expected 2 columns separated by tabs, found 1 in 'abc'"),
        (b"abc\tA\nd\xe9f\tD\n", "data.tsv, line 2: byte 0xe9 is not utf-8"),
        (b"abc\tA\n\tB\n", "data.tsv, line 2: column 1 is empty"),
        (b"abc\tA\ndef\t \nghi\tG\n", "data.tsv, line 2: column 2 is empty"),
        (b"abc\tA\r\ndef\tD\0\r\n", "data.tsv, line 2: found a NUL character"),
        ("abc\tA\ndef\tD\n".encode("utf-16-le"), "data.tsv, line 1: found a NUL character"),
        (b"abc\tA\n\ndef\tD\n", "data.tsv, line 2: the line is empty"),
        (b"abc\tA\n", "none of its 1 sources fell to "),
    ],
)
def test_bad_data(tmp_path, content, message):
    (tmp_path / "data.tsv").write_bytes(content)
    assert message in fails(*train(tmp_path / "data.tsv", tmp_path / "run"))
    assert not (tmp_path / "run" / "config.json").exists()


def test_data_that_is_not_there(tmp_path):
    assert "did you mean 'cmudict'?" in fails(*train("cmudic", tmp_path / "run"))
    assert "holds no train.tsv" in fails(*train(tmp_path, tmp_path / "run"))


def test_wrong_settings(pairs, tmp_path):
    out = tmp_path / "run"
    assert "dropout must be a number at least 0 and less than 1, got 1.0" in fails(*train(pairs, out, "--dropout", 1))
    assert "give only one of minutes, epochs, steps" in fails(*train(pairs, out, "--minutes", 1))
    assert "Invalid value for '--cell'" in fails(*train(pairs, out, "--cell", "gnu"), status=2)
    assert "No such option '--droput'" in fails(*train(pairs, out, "--droput", 1), status=2)
    (tmp_path / "a.toml").write_text("hiden_layers = 3")
    message = fails(*train(pairs, out, "--config", tmp_path / "a.toml"))
    assert message.startswith(f"{tmp_path}/a.toml: there is no setting 'hiden_layers'; did you mean '")
    (tmp_path / "a.toml").write_text("dropout = 'much'")
    assert "a.toml: dropout must be a number" in fails(*train(pairs, out, "--config", tmp_path / "a.toml"))
    assert "b.toml: No such file" in fails(*train(pairs, out, "--config", tmp_path / "b.toml"))
    assert not out.exists()


def test_a_run_is_not_overwritten(trained, pairs):
    before = (trained / "config.json").read_bytes()
    assert "already holds a run" in fails(*train(pairs, trained))
    assert (trained / "config.json").read_bytes() == before


def test_out_is_a_file(pairs, tmp_path):
    (tmp_path / "file").write_text("")
    assert "must be a folder, but it is a file" in fails(*train(pairs, tmp_path / "file"))
    assert "Not a directory" in fails(*train(pairs, tmp_path / "file" / "run"))


def test_an_unknown_symbol(trained):
    message = fails("predict", trained, "abc", "naïve")
    assert message == "cannot answer 'naïve' (input 2): the model never saw 'n' or 'ï' or 'v' or 'e'; it knows a b c d"
    assert "it has no symbols" in fails("predict", trained, "")


def test_bad_inputs_to_predict(trained, tmp_path):
    (tmp_path / "empty").write_text("")
    (tmp_path / "latin").write_bytes(b"caf\xe9\n")
    assert "empty is empty" in fails("predict", trained, "--input", tmp_path / "empty")
    assert "line 1: byte 0xe9 is not utf-8" in fails("predict", trained, "--input", tmp_path / "latin")
    assert "there is no file" in fails("predict", trained, "--input", tmp_path / "none")
    assert "is empty" in fails("predict", trained, stdin="")
    (tmp_path / "nul").write_bytes(b"abc\r\na\0c\r\n")
    assert "nul, line 2: found a NUL character" in fails("predict", trained, "--input", tmp_path / "nul")
    assert "either WORDS or --input" in fails("predict", trained, "abc", "--input", "x", status=2)


@pytest.mark.parametrize("command", ["predict", "evaluate", "resume"])
def test_not_a_run(command, tmp_path):
    assert "is not the folder of a run" in fails(command, tmp_path, *(["abc"] if command == "predict" else []))
    assert "is not the folder of a run" in fails(command, tmp_path / "none")


@pytest.mark.parametrize("name", ["config.json", "source_tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "gone"])
def test_a_damaged_run(copy, name, damage):
    data = (copy / name).read_bytes()
    changed = {"cut": data[: len(data) // 2], "empty": b"", "noise": bytes(range(256)) * 20}
    if damage == "gone":
        (copy / name).unlink()
    else:
        (copy / name).write_bytes(changed[damage])
    assert fails("predict", copy, "abc")
    assert fails("evaluate", copy)


def test_weights_of_another_model(copy):
    settings = {"embedding_size": 9}
    old = json.loads((copy / "config.json").read_text())["settings"]
    change_json(copy / "config.json", settings=old | settings)
    assert "do not fit its config.json" in fails("predict", copy, "abc")
    change_json(copy / "config.json", settings=old | {"new_thing": 9})
    assert "there is no setting 'new_thing'" in fails("predict", copy, "abc")


def test_a_newer_run(copy):
    change_json(copy / "config.json", format=99)
    for command in (["predict", copy, "abc"], ["evaluate", copy], ["resume", copy, "--steps", 3]):
        assert "was written by a newer chainrule (run format 99" in fails(*command)


def test_a_resume_on_another_machine_warns(copy):
    for path in (copy / "checkpoints").glob("*/manifest.json"):
        environment = json.loads(path.read_text())["environment"]
        change_json(path, environment=environment | {"numpy": "1.0"})
    result = call("resume", copy, "--steps", 1)
    assert result.exit_code == 0
    assert "Warning: results may differ in the last bits: numpy 1.0 -> " in result.stderr


def test_a_newer_checkpoint(copy):
    for path in (copy / "checkpoints").glob("*/manifest.json"):
        change_json(path, format=99)
    assert "written by a newer chainrule (checkpoint format 99" in fails("resume", copy, "--steps", 3)


def test_a_damaged_checkpoint_is_left_for_the_one_before(copy):
    newest = sorted((copy / "checkpoints").glob("step-*"))[-1]
    assert call("resume", copy, "--steps", 3).exit_code == 0
    newest = sorted((copy / "checkpoints").glob("step-*"))[-1]
    (newest / "arrays.safetensors").write_bytes(b"half")
    result = call("resume", copy)
    assert result.exit_code == 0
    assert "Warning: checkpoint step-0000000015 is damaged" in result.stderr
    assert "going back to step 12" in result.stderr
    for path in (copy / "checkpoints").glob("*/arrays.safetensors"):
        path.write_bytes(b"half")
    assert "no checkpoint in" in fails("resume", copy, "--steps", 3)
    assert call("predict", copy, "abc").exit_code == 0


def test_data_that_changed(copy, tmp_path, pairs):
    moved = tmp_path / "moved.tsv"
    moved.write_bytes(pairs.read_bytes())
    assert call(*train(moved, tmp_path / "run")).exit_code == 0
    with moved.open("a") as file:
        file.write("aaaaaaaaaa\tA\n")
    assert "has changed since" in fails("resume", tmp_path / "run", "--steps", 1)
    assert "has changed since" in fails("evaluate", tmp_path / "run")
    moved.unlink()
    assert "there is no data set and no file named" in fails("resume", tmp_path / "run", "--steps", 1)


@pytest.mark.parametrize("problem", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_no_checkpoint(pairs, tmp_path, monkeypatch, problem):
    real = checkpoint.write_bytes

    def refuse(path, data):
        if "step" in str(path) or path.name == "arrays.safetensors":
            real(path, data[:10])
            raise OSError(problem, os.strerror(problem), str(path))
        real(path, data)

    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_bytes", refuse)
        message = fails(*train(pairs, out, "--checkpoint-minutes", 0))
    assert f"step 1 could not be saved in {out}/checkpoints: {os.strerror(problem)}" in message
    result = call("resume", out)
    assert result.exit_code == 0, result.output
    assert "Done after step 3" in result.output


@pytest.mark.parametrize("problem", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_no_model(trained, copy, monkeypatch, problem):
    before = (copy / "model.safetensors").read_bytes()

    def refuse(path, data):
        raise OSError(problem, os.strerror(problem), str(path))

    monkeypatch.setattr(data_files.os, "replace", refuse)
    message = fails("resume", copy, "--steps", 1)
    assert os.strerror(problem) in message
    assert (copy / "model.safetensors").read_bytes() == before
    assert call("predict", copy, "abc").exit_code == 0


def test_a_read_only_folder_for_a_new_run(pairs, tmp_path, monkeypatch):
    def refuse(path, *arguments, **more):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert f"{tmp_path}/run: Permission denied" in fails(*train(pairs, tmp_path / "run"))


def test_two_at_a_time(copy):
    from chainrule.training.lock import locked

    with locked(copy):
        assert "in use by another process" in fails("resume", copy, "--steps", 3)


def test_a_very_long_line(trained, pairs, tmp_path):
    """It is answered, and too long to learn from unless more is allowed."""
    (tmp_path / "long.txt").write_text(f"abc\n{'abcd' * 25_000}\n")
    result = call("predict", trained, "--input", tmp_path / "long.txt", "--beam-width", 1)
    assert result.exit_code == 0
    assert result.stdout.startswith("abc\t")
    number = pairs.read_text().count("\n") + 1
    for source, target in (("abcd" * 25_000, "A"), ("abcde", "A " * 50_000)):
        (tmp_path / "long.tsv").write_text(f"{pairs.read_text()}{source}\t{target}\n")
        message = fails(*train(tmp_path / "long.tsv", tmp_path / "run"))
        assert f"long.tsv, line {number}: 'abcd" in message
        assert "more than 8,192; raise batch_tokens, or leave the line out" in message
        assert len(message) < 500


def test_longer_than_a_model_can_take(pairs, tmp_path):
    options = ["--model", "transformer", "--positions", "learned", "--width", 8, "--heads", 2]
    (tmp_path / "long.tsv").write_text(f"{pairs.read_text()}{'abcd' * 300}\tA\n")
    message = fails(*train(tmp_path / "long.tsv", tmp_path / "run"), *options)
    assert "have up to 1,200 symbols, more than 1,024; choose other positions than learned ones" in message
    run = tmp_path / "learned"
    assert call(*train(pairs, run), *options).exit_code == 0
    assert call("predict", run, "abcd" * 250).exit_code == 0
    message = fails("predict", run, "abc", "abcd" * 300)
    assert "(input 2): it has 1,200 symbols, and the model takes at most 1,024" in message


def test_what_is_odd_and_works(trained, tmp_path):
    """Windows line ends, no last line end, two normal forms of a letter, a beam wider than the vocabulary."""
    rows = [f"{a}{b}\t{b} {a}" for a in "abcdefgh" for b in ("\u00e9", "e\u0301", *"abcdefgh")]
    (tmp_path / "odd.tsv").write_bytes("\r\n".join(rows).encode())
    assert call(*train(tmp_path / "odd.tsv", tmp_path / "run")).exit_code == 0
    one, two = call("predict", tmp_path / "run", "a\u00e9", "ae\u0301").stdout.splitlines()
    assert one.split("\t")[1] == two.split("\t")[1]
    assert call("predict", trained, "abc", "--beam-width", 100, "--n-best", 100).exit_code == 0


def test_unknown_words_are_named_and_answered(tmp_path):
    rows = [f"{a} {b}\t{b} {a}" for a in "pqrstuvw" for b in "pqrstuvwxyz"]
    (tmp_path / "words.tsv").write_text("\n".join(rows))
    options = ["--source-symbols", "words", "--target-symbols", "words"]
    assert call(*train(tmp_path / "words.tsv", tmp_path / "run"), *options).exit_code == 0
    result = call("predict", tmp_path / "run", stdin="p q\np nothing such\n")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == "line 2: the model never saw nothing or such, and reads <unk>\n"
