"""The small parts of the training loop."""

import json
import os
import signal

import numpy as np
import pytest

from chainrule.errors import CheckpointError, ConfigError
from chainrule.training.best import BestScore
from chainrule.training.environment import describe_environment, environment_differences
from chainrule.training.lock import locked
from chainrule.training.meter import Meter
from chainrule.training.metrics_log import MetricsLog
from chainrule.training.run import FORMAT, RunConfig, RunFolder
from chainrule.training.signals import StopRequest
from chainrule.training.stages import Plan, Stage


def config():
    return RunConfig("seq2seq", {"name": "cmudict"}, {"seed": 1}, Plan((Stage(0, 10),)))


def test_a_run_folder_reads_back(tmp_path):
    run = RunFolder.create(tmp_path / "new" / "run", config(), {"a_tokenizer.json": {"symbols": ["ä"]}})
    run.save_plan(Plan((Stage(0, 20),)))
    run.save_model({"w": np.ones((2, 2)).T})
    again = RunFolder.open(run.path)
    assert again.config == run.config
    assert again.config.plan.last.length == 20
    assert json.loads((run.path / "a_tokenizer.json").read_bytes()) == {"symbols": ["ä"]}
    np.testing.assert_array_equal(again.load_model()["w"], np.ones((2, 2)))


def test_a_run_is_never_overwritten(tmp_path):
    RunFolder.create(tmp_path, config(), {})
    with pytest.raises(ConfigError, match=r"already holds a run: choose another folder.*chainrule resume"):
        RunFolder.create(tmp_path, config(), {})
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="must be a folder, but it is a file"):
        RunFolder.create(tmp_path / "file", config(), {})


def test_half_written_files_are_swept_away(tmp_path):
    run = RunFolder.create(tmp_path, config(), {})
    run.checkpoints.save(1, {"a": 1})
    for name in (".config.json.123", ".model.safetensors.77", "checkpoints/.latest.5"):
        (tmp_path / name).write_text("half")
    run.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoints", "config.json"]
    assert run.checkpoints.load().step == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is not the folder of a run: it has no config.json"),
        ("", "config.json is damaged"),
        ("{", "config.json is damaged"),
        ("[]", "config.json is damaged: it must hold an object, got list"),
        ("{}", "is not the config.json of a run: it has no format version"),
        ('{"format": 1}', "config.json is damaged: it has no entry 'task'"),
        (f'{{"format": {FORMAT + 1}}}', "written by a newer chainrule .* install a newer version"),
    ],
)
def test_a_damaged_run_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(CheckpointError, match=message):
        RunFolder.open(tmp_path)


def test_a_run_without_a_model(tmp_path):
    with pytest.raises(CheckpointError, match="has no model yet: finish the run with `chainrule resume"):
        RunFolder.create(tmp_path, config(), {}).load_model()


def test_metrics_are_cut_back(tmp_path):
    log = MetricsLog(tmp_path / "m", 0)
    log.append({"step": 1})
    kept = log.sync()
    log.append({"step": 2, "loss": 0.5})
    log.close()
    log = MetricsLog(tmp_path / "m", kept)
    log.append({"step": 3})
    assert log.sync() == 2 * kept
    log.close()
    assert (tmp_path / "m").read_text() == '{"step": 1}\n{"step": 3}\n'


def test_a_full_disk_while_logging(tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    log = MetricsLog("/dev/full", 0)
    with pytest.raises(CheckpointError, match="/dev/full could not be written: No space left on device"):
        log.append({"step": 1})
    log.close()


def test_two_processes_cannot_share_a_run(tmp_path):
    with locked(tmp_path), pytest.raises(CheckpointError, match="in use by another process"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_the_best_score_breaks_ties():
    best = BestScore()
    steps = [((1.0, 0.9), True), ((1.0, 0.8), True), ((1.0, 0.8), False), ((0.9, 2.0), True), ((0.9, 2.5), False)]
    for step, (values, better) in enumerate(steps):
        assert best.update(values, step) is better
    assert (best.values, best.step, best.waiting) == ((0.9, 2.0), 3, 1)
    copy = BestScore()
    copy.load_state_dict(best.state_dict())
    assert copy == best


def test_the_meter_averages():
    meter = Meter()
    meter.add(1.0, 10, 0.5)
    meter.add(2.0, 30, 0.5)
    assert (meter.mean_loss, meter.speed) == (1.5, 40.0)
    meter.reset()
    assert meter == Meter()


def test_a_signal_is_noted_and_a_second_insists():
    before = signal.getsignal(signal.SIGTERM)
    with StopRequest() as stop:
        assert stop.signal is None
        signal.raise_signal(signal.SIGTERM)
        assert stop.signal is signal.SIGTERM
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_resume_elsewhere_is_noticed():
    here = describe_environment()
    assert environment_differences(here, here) == []
    assert environment_differences(here | {"numpy": "1.0"}, here) == [f"numpy 1.0 -> {here['numpy']}"]
