import json
import os
import subprocess
import sys

import numpy as np
import pytest

from chainrule.errors import CheckpointError
from chainrule.training import checkpoint as module
from chainrule.training.checkpoint import FORMAT, CheckpointFolder
from chainrule.training.state_tree import join_state, split_state


def state_at(step):
    return {
        "model": {"weight": np.full((2, 3), step, np.float32).T},
        "optimizer": {"state": {0: {"step": step, "m": np.arange(step + 1.0)}}, "betas": (0.9, 0.999)},
        "score": None,
        "history": [0.1, 1 / 3, True, "text", np.float32(0.5), {}],
        "odd": {"$array": 3},
    }


@pytest.fixture
def folder(tmp_path):
    store = CheckpointFolder(tmp_path / "checkpoints")
    for step in (1, 2, 3):
        store.save(step, state_at(step))
    return store


def names(store):
    return sorted(path.name for path in store.path.iterdir())


def assert_is(found, step):
    assert found.step == step
    assert found.state["optimizer"]["betas"] == (0.9, 0.999)
    assert found.state["optimizer"]["state"][0]["step"] == step
    assert found.state["history"] == [0.1, 1 / 3, True, "text", 0.5, {}]
    assert found.state["odd"] == {"$array": 3}
    np.testing.assert_array_equal(found.state["model"]["weight"], state_at(step)["model"]["weight"])


def test_a_state_comes_back_whole():
    tree, arrays = split_state(state_at(4))
    back = join_state(json.loads(json.dumps(tree)), arrays)
    assert back["optimizer"]["state"][0]["step"] == 4
    assert back["odd"] == {"$array": 3}
    with pytest.raises(TypeError, match=r"cannot hold a set \(at /a/0\)"):
        split_state({"a": [set()]})


def test_the_newest_two_are_kept_and_the_newest_is_loaded(folder):
    assert names(folder) == ["latest", "step-0000000002", "step-0000000003"]
    found = folder.load()
    assert_is(found, 3)
    assert found.notes == ()
    assert found.environment["numpy"] == np.__version__
    assert found.state["model"]["weight"].flags.writeable


def test_nothing_saved_yet(tmp_path):
    assert CheckpointFolder(tmp_path / "none").load() is None


@pytest.mark.parametrize("name", ["arrays.safetensors", "state.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "gone"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(folder, name, damage):
    path = folder.path / "step-0000000003" / name
    data = path.read_bytes()
    middle = 3 if name == "manifest.json" else len(data) // 2  # the manifest's end only describes the machine
    changed = {"flip": data[:middle] + bytes([data[middle] ^ 64]) + data[middle + 1 :], "cut": data[:-7]}
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(changed.get(damage, b""))
    found = folder.load()
    assert_is(found, 2)
    assert "step-0000000003 is damaged" in found.notes[0]
    assert "going back to step 2" in found.notes[0]
    folder.save(4, state_at(4))
    assert names(folder) == ["latest", "step-0000000002", "step-0000000004"]


def test_all_damaged_is_an_error(folder):
    for path in folder.path.glob("*/arrays.safetensors"):
        path.write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"no checkpoint in .* is whole"):
        folder.load()


@pytest.mark.parametrize("content", [None, "", "step-0000000009\n", "\0"])
def test_the_pointer_may_be_damaged(folder, content):
    if content is None:
        (folder.path / "latest").unlink()
    else:
        (folder.path / "latest").write_text(content)
    assert_is(folder.load(), 3)


def test_what_is_not_pointed_at_yet_is_not_the_latest(folder):
    (folder.path / "latest").write_text("step-0000000002\n")
    assert_is(folder.load(), 2)


def test_a_checkpoint_of_the_same_step_is_replaced(folder):
    folder.save(3, state_at(3))
    assert_is(folder.load(), 3)
    assert names(folder) == ["latest", "step-0000000002", "step-0000000003"]


def test_a_newer_format_is_refused(folder):
    path = folder.path / "step-0000000003" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": FORMAT + 1}))
    with pytest.raises(CheckpointError, match=r"written by a newer chainrule .* install a newer version"):
        folder.load()


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_full_disk_never_costs_the_last_good_checkpoint(folder, monkeypatch, fails_at):
    calls = []
    real = module.write_bytes

    def full(path, data):
        calls.append(path)
        real(path, data[: len(data) // 2] if len(calls) == fails_at else data)
        if len(calls) == fails_at:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_bytes", full)
    with pytest.raises(CheckpointError) as caught:
        folder.save(4, state_at(4))
    message = str(caught.value)
    assert "step 4 could not be saved" in message
    assert "No space left on device; the checkpoint of step 3 is intact" in message
    assert_is(folder.load(), 3)
    assert names(folder) == ["latest", "step-0000000002", "step-0000000003"]


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CheckpointError, match=r"could not be saved in .*; there is no earlier one"):
        CheckpointFolder(tmp_path / "file" / "checkpoints").save(1, state_at(1))


SAVE_FOREVER = """
import sys, pathlib, itertools, numpy as np
from chainrule.training.checkpoint import CheckpointFolder
store = CheckpointFolder(pathlib.Path(sys.argv[1]))
for step in itertools.count(1):
    store.save(step, {"step": step, "array": np.full(20000, step, np.float32)})
    print(step, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "kill"), reason="needs kill")
def test_a_kill_while_saving_loses_nothing_that_was_saved(tmp_path):
    generator = np.random.default_rng(0)
    for _ in range(10):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOREVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        with process:
            for _ in range(int(generator.integers(1, 20))):
                process.stdout.readline()
            process.kill()
            seen = process.stdout.read().split()
        found = CheckpointFolder(tmp_path).load()
        assert not found.notes
        assert found.step >= int(seen[-1] if seen else 1)
        np.testing.assert_array_equal(found.state["array"], np.full(20000, found.step, np.float32))


LIMITED = """
import resource, sys, pathlib, numpy as np
from chainrule.errors import CheckpointError
from chainrule.training.checkpoint import CheckpointFolder
store = CheckpointFolder(pathlib.Path(sys.argv[1]))
store.save(1, {"array": np.zeros(10)})
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    store.save(2, {"array": np.zeros(100_000)})
except CheckpointError as error:
    print(error)
print(store.load().step, store.load().notes)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
def test_a_file_the_system_refuses_to_write(tmp_path):
    done = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "step 2 could not be saved" in done.stdout
    assert "File too large; the checkpoint of step 1 is intact" in done.stdout
    assert done.stdout.endswith("1 ()\n")
