"""A real training process, killed and stopped: nothing is lost and the weights come out the same to the bit."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "chainrule"]
STEPS = 120
OPTIONS = ["--steps", STEPS, "--batch-size", 16, "--embedding-size", 8, "--encoder-size", 8, "--decoder-size", 16]
OPTIONS += ["--dropout", 0.2, "--averaging", 0.95, "--evaluate-every", 7, "--evaluation-size", 8, "--log-every", 3]
OPTIONS += ["--checkpoint-minutes", 0, "--patience", 1000]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    generator = np.random.default_rng(0)
    words = dict.fromkeys("".join(generator.choice(list("abcd"), size=generator.integers(2, 6))) for _ in range(400))
    path = tmp_path_factory.mktemp("data") / "pairs.tsv"
    path.write_text("".join(f"{word}\t{' '.join(word)}\n" for word in words))
    return path


def start(*arguments):
    command = COMMAND + [str(a) for a in arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(*arguments):
    process = start(*arguments)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def outcome(run):
    """Final weights, best weights and metrics without speeds."""
    newest = (run / "checkpoints" / (run / "checkpoints" / "latest").read_text().strip()) / "arrays.safetensors"
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        line.pop("words_per_second", None)
    return newest.read_bytes(), (run / "model.safetensors").read_bytes(), lines


@pytest.fixture(scope="module")
def unbroken(pairs, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "unbroken"
    began = time.perf_counter()
    finish("train", "seq2seq", pairs, "--out", run, *OPTIONS)
    return run, time.perf_counter() - began


def wait_for_run(run, process):
    while not (run / "config.json").exists():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.01)


@pytest.mark.parametrize("seed", range(3))
def test_kills_at_random_moments(pairs, unbroken, tmp_path, seed):
    whole, seconds = unbroken
    chance = random.Random(seed)
    run = tmp_path / "killed"
    process = start("train", "seq2seq", pairs, "--out", run, *OPTIONS)
    wait_for_run(run, process)
    for _ in range(6):
        time.sleep(chance.uniform(0, 0.4 * seconds))
        process.kill()
        process.communicate()
        process = start("resume", run)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert outcome(run) == outcome(whole)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_save_and_end(pairs, unbroken, tmp_path, number):
    run = tmp_path / "stopped"
    process = start("train", "seq2seq", pairs, "--out", run, *OPTIONS)
    for line in process.stdout:
        if line.startswith("step "):
            break
    os.kill(process.pid, number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert f"Stopped by {number.name} after step " in output
    assert "everything is saved" in output
    assert "Traceback" not in output
    assert "abcd\t" in finish("predict", run, "abcd")
    assert "Done after step" in finish("resume", run)
    assert outcome(run) == outcome(unbroken[0])


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_shows_a_bar(pairs, tmp_path):
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
    arguments = [str(a) for a in ("train", "seq2seq", pairs, "--out", tmp_path / "run", *OPTIONS)]
    process = subprocess.Popen(COMMAND + arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux: the other end was closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(timeout=60) == 0
    text = shown.decode()
    assert re.search(r"\d+%\|.*\| \d+/120 \[\d\d:\d\d<\d\d:\d\d, .*loss \d\.\d{3}, [\d,]+ words/s\]", text)
    assert "dev word error rate" in text
