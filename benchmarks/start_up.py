"""What a user waits and pays for before any training: import, first step, installed size, memory."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.harness import Record, make_quantity, make_record

_TIMED = "import time\nbegan = time.perf_counter()\n{}\nprint(1e3 * (time.perf_counter() - began))"

# The same step on both sides: the model of torch_seq2seq.py, 128 words of 9 letters and 8 sounds.
_OUR_STEP = """
import numpy as np
import chainrule as cr
from chainrule import nn, optim
from chainrule.models import Seq2Seq, Seq2SeqConfig
numbers = np.random.default_rng(0)
source, target = numbers.integers(4, 30, (128, 9)), numbers.integers(4, 40, (128, 8))
model = Seq2Seq(Seq2SeqConfig(34, 43), generator=cr.Generator(0))
optimizer = optim.Adam(model.parameters(), lr=1e-3)
logits = model(source, np.full(128, 9), target, np.full(128, 8))
nn.functional.cross_entropy(logits.reshape(-1, 43), target.reshape(-1), ignore_index=0, label_smoothing=0.1).backward()
optimizer.step()
"""
_TORCH_STEP = """
import torch
from benchmarks.torch_seq2seq import TorchSeq2Seq, train_step
from chainrule.models import Seq2SeqConfig
source, target = torch.randint(4, 30, (128, 9)), torch.randint(4, 40, (128, 8))
model = TorchSeq2Seq(Seq2SeqConfig(34, 43))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
train_step(model, optimizer, (source, torch.full((128,), 9), target, target))
"""
_TRAINING = ["train", "seq2seq", "cmudict", "--steps", "200"]
_OUR_TRAINING = f"from chainrule.cli import main\nmain({_TRAINING} + ['--out', 'run'], standalone_mode=False)"
_TORCH_TRAINING = """
import itertools, torch
from benchmarks.torch_seq2seq import *
data, source, target = read_cmudict()
model = TorchSeq2Seq(Seq2SeqConfig(len(source), len(target)))
train(model, itertools.islice(training_batches(data.split("train"), source, target), 200), minutes=60)
test = data.split("dev").sources[:1000]
list(answers(model, test, source, target))
"""
# On Linux the system's own count begins with that of the process that started this one; the status file's does not.
_PEAK = """{}
import pathlib, re, resource, sys
status = pathlib.Path("/proc/self/status")
if status.exists():
    print(int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) / 2**10)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** (20 if sys.platform == "darwin" else 10))"""


def records(wanted: Callable[[str], bool]) -> Iterator[Record]:
    """Measure what is asked for, each in processes of its own."""
    if wanted(name := "import"):
        ours, torch = _TIMED.format("import chainrule"), _TIMED.format("import torch")
        yield make_record(name, _repeated(ours, 5), _repeated(torch, 5))
    if wanted(name := "first step, nothing compiled before"):
        with tempfile.TemporaryDirectory() as folder:
            yield make_record(name, [_run(_TIMED.format(_OUR_STEP), cache=folder)])
    if wanted(name := "first step"):
        yield make_record(name, _repeated(_TIMED.format(_OUR_STEP), 4), _repeated(_TIMED.format(_TORCH_STEP), 4))
    if wanted(name := "installed size"):
        yield make_quantity(name, "MiB", _installed_mebibytes("chainrule"), _installed_mebibytes("torch"))
    if wanted(name := "peak memory of training"):
        yield make_quantity(name, "MiB", _run(_PEAK.format(_OUR_TRAINING)), _run(_PEAK.format(_TORCH_TRAINING)))


def _installed_mebibytes(package: str) -> float:
    """The files of a package and of all that it requires."""
    return sum(_bytes_of(name) for name in _requirements(package)) / 2**20


def _requirements(package: str) -> set[str]:
    """A distribution and what it requires here, extras apart."""
    found, left = set(), [package]
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name in found:
            continue
        try:
            requirements = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # a requirement of other systems
        found.add(name)
        left += [re.match(r"[\w.-]+", line)[0] for line in requirements if "extra ==" not in line]
    return found


def _bytes_of(name: str) -> int:
    """The size of a distribution's files; where it is installed in place, that of its sources."""
    distribution = importlib.metadata.distribution(name)
    if '"editable": true' in (distribution.read_text("direct_url.json") or ""):
        places = Path(importlib.import_module(name).__file__).parent.rglob("*")
    else:
        places = (path.locate() for path in distribution.files or [])
    return sum(_on_disk(place.stat()) for place in places if place.is_file())


def _on_disk(file: os.stat_result) -> int:
    """The room that a file takes, as `du` counts it; its length where the system does not tell."""
    return 512 * file.st_blocks if hasattr(file, "st_blocks") else file.st_size


def _repeated(program: str, count: int) -> list[float]:
    """What a program prints, several times; the first, which fills the system's file cache, does not count."""
    return [_run(program) for _ in range(count + 1)][1:]


def _run(program: str, cache: str | None = None) -> float:
    """The last number that a program prints in a Python of its own, in an empty folder."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    if cache is not None:
        environment |= dict.fromkeys(("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"), cache)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    if done.returncode:
        raise RuntimeError(f"a program of benchmarks/start_up.py failed:\n{done.stderr}")
    return float(done.stdout.split()[-1])
