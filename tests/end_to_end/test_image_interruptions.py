"""Training on images, killed at random moments: the weights come out the same to the bit."""

import json
import random
import subprocess
import sys
import time

import numpy as np
import pytest

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "chainrule"]
OPTIONS = ["--steps", 40, "--batch-size", 16, "--width", 0.2, "--shift", 1, "--cutout", 3, "--mixup", 0.4, "--flip"]
OPTIONS += ["--averaging", 0.95, "--evaluate-every", 7, "--log-every", 3, "--checkpoint-minutes", 0]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    generator = np.random.default_rng(0)
    labels = np.arange(300) % 3
    images = generator.integers(0, 100, (300, 12, 12, 3), dtype=np.uint8)
    images[np.arange(300), :, :, labels] += 100
    path = tmp_path_factory.mktemp("data") / "colours.npz"
    np.savez(path, images=images, labels=labels)
    return path


def start(*arguments):
    command = COMMAND + [str(a) for a in arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process):
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def outcome(run):
    """Final weights, best weights and metrics without speeds."""
    newest = (run / "checkpoints" / (run / "checkpoints" / "latest").read_text().strip()) / "arrays.safetensors"
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        line.pop("images_per_second", None)
    return newest.read_bytes(), (run / "model.safetensors").read_bytes(), lines


def test_kills_at_random_moments(archive, tmp_path):
    began = time.perf_counter()
    finish(start("train", "image", archive, "--out", tmp_path / "unbroken", *OPTIONS))
    seconds = time.perf_counter() - began
    chance, run = random.Random(0), tmp_path / "killed"
    process = start("train", "image", archive, "--out", run, *OPTIONS)
    while not (run / "config.json").exists():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.01)
    for _ in range(4):
        time.sleep(chance.uniform(0, 0.5 * seconds))
        process.kill()
        process.communicate()
        process = start("resume", run)
    finish(process)
    assert outcome(run) == outcome(tmp_path / "unbroken")
