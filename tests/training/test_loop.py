"""The trainer on a small regression with dropout: resumes to the bit, stages, early stopping, signals."""

import itertools
import json
import signal
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.errors import CheckpointError, ConfigError
from chainrule.training import checkpoint as checkpoint_module
from chainrule.training.config import TrainingSettings
from chainrule.training.loop import Trainer, TrainingError
from chainrule.training.objective import Objective, Part
from chainrule.training.progress import Progress
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.stages import Plan, Stage

SETTINGS = TrainingSettings(
    learning_rate=0.05, warmup_steps=3, averaging=0.9, evaluate_every=4, log_every=3, checkpoint_minutes=0, seed=5
)


class Stream:
    """Batches that follow from their position alone."""

    batches_per_epoch = 7

    def __init__(self):
        self.position = (0, 0)

    def __next__(self):
        epoch, place = self.position
        self.position = (epoch, place + 1) if place < 6 else (epoch + 1, 0)
        x = np.random.default_rng([epoch, place]).normal(size=(8, 3)).astype(np.float32)
        return x, x @ np.array([[1.0], [-2.0], [0.5]], np.float32)


class Recorder(Progress):
    def __init__(self, on_step=None):
        self.said = []
        self.on_step = on_step or (lambda step: None)

    def step(self, step, loss):
        self.on_step(step)

    def message(self, text):
        self.said.append(text)


def loss_of(model, arrays):
    x, y = arrays
    return ((model(cr.tensor(x)) - cr.tensor(y)) ** 2).mean()


def make_run(path, steps=20, settings=SETTINGS, plan=None):
    config = RunConfig("regression", {}, settings.to_mapping(), plan or Plan((Stage(0, steps),)))
    return RunFolder.create(path, config, {})


def halves(batch, count):
    """Rows of a batch in `count` parts."""
    for rows in np.array_split(np.arange(len(batch[0])), count):
        yield Part(tuple(array[rows] for array in batch), rows, len(rows) / len(batch[0]))


def make_trainer(run, *, progress=None, loss=loss_of, score=None, split=halves, backend="numpy", **more):
    settings = TrainingSettings.from_mapping(run.config.settings, "a test")
    generator = cr.Generator(settings.seed)
    model = nn.Sequential(
        nn.Linear(3, 16, generator=generator), nn.Tanh(), nn.Dropout(0.2), nn.Linear(16, 1, generator=generator)
    )
    model.to(backend)
    x, y = next(Stream())

    def measure(model):
        with cr.no_grad():
            return {"dev_error": loss_of(model, (x, y)).item()}

    objective = Objective(lambda batch: batch, loss, score or measure, lambda batch: len(batch[0]), "rows", split)
    optimizer = optim.AdamW(model.parameters(), lr=settings.learning_rate)
    progress = progress or Recorder()
    return Trainer(model, optimizer, Stream(), objective, settings, run, generator=generator, progress=progress, **more)


def resume(run, **more):
    run = RunFolder.open(run.path)
    trainer = make_trainer(run, **more)
    found = run.checkpoints.load()
    if found is not None:
        trainer.restore(found)
    return trainer


def weights_of(run):
    final = run.checkpoints.load()
    arrays = {name: array.tobytes() for name, array in final.state["model"].items()}
    return final.step, arrays, (run.path / "model.safetensors").read_bytes()


def lines_of(run):
    lines = [json.loads(line) for line in run.metrics_path.read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "rows_per_second"} for line in lines]


class Killed(BaseException):
    """Nothing catches it, like a kill."""


def kill_at(step):
    def on_step(now):
        if now == step:
            raise Killed

    return Recorder(on_step)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    run = make_run(tmp_path_factory.mktemp("unbroken") / "run")
    make_trainer(run).train()
    return run


def test_it_learns_and_says_so(unbroken):
    lines = lines_of(unbroken)
    scores = [line["dev_error"] for line in lines if "dev_error" in line]
    assert len(scores) == 5
    assert scores[-1] < scores[0]
    assert [line["step"] for line in lines if "loss" in line] == [3, 6, 9, 12, 15, 18]


def test_the_same_run_gives_the_same_bits(unbroken, tmp_path):
    run = make_run(tmp_path / "again")
    make_trainer(run).train()
    assert weights_of(run) == weights_of(unbroken)
    assert lines_of(run) == lines_of(unbroken)


@pytest.mark.parametrize("steps", [(1,), (4,), (5, 13), (7, 8, 9, 20)])
def test_a_kill_and_a_resume_give_the_same_bits(unbroken, tmp_path, steps):
    run = make_run(tmp_path / "killed")
    for step in steps:
        with pytest.raises(Killed):
            resume(run, progress=kill_at(step)).train()
    resume(run).train()
    assert weights_of(run) == weights_of(unbroken)
    assert lines_of(run) == lines_of(unbroken)


def test_rare_checkpoints_cost_steps_but_no_bits(unbroken, tmp_path):
    settings = replace(SETTINGS, checkpoint_minutes=1.0)
    run = make_run(tmp_path / "rare", settings=settings)
    clock = itertools.count(step=7.0).__next__  # every look at the clock takes seven seconds
    for step in (9, 17):
        with pytest.raises(Killed):
            resume(run, progress=kill_at(step), clock=clock).train()
    resume(run).train()
    assert weights_of(run) == weights_of(unbroken)
    assert lines_of(run) == lines_of(unbroken)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(unbroken, tmp_path, number):
    run = make_run(tmp_path / "stopped", settings=replace(SETTINGS, checkpoint_minutes=10.0))
    stopper = Recorder(lambda step: signal.raise_signal(number) if step == 2 else None)
    outcome = make_trainer(run, progress=stopper).train()
    assert (outcome.step, outcome.signal) == (2, number)
    assert run.has_model
    assert run.checkpoints.load().step == 2
    outcome = resume(run).train()
    assert outcome.signal is None
    assert weights_of(run) == weights_of(unbroken)
    assert lines_of(run) == lines_of(unbroken)


def test_a_signal_in_the_last_step_changes_nothing(tmp_path):
    run = make_run(tmp_path / "run", steps=5)
    stopper = Recorder(lambda step: signal.raise_signal(signal.SIGTERM) if step == 5 else None)
    assert make_trainer(run, progress=stopper).train().signal is None


def test_a_full_disk_ends_it_and_a_resume_finishes(unbroken, tmp_path, monkeypatch):
    run = make_run(tmp_path / "full")
    calls = itertools.count()
    real = checkpoint_module.write_bytes

    def full(path, data):
        if next(calls) == 20:
            raise OSError(28, "No space left on device")
        real(path, data)

    monkeypatch.setattr(checkpoint_module, "write_bytes", full)
    with pytest.raises(CheckpointError, match=r"step 7 could not be saved .* No space left on device; .* step 6 is"):
        make_trainer(run).train()
    resume(run).train()
    assert weights_of(run) == weights_of(unbroken)


def test_a_damaged_checkpoint_costs_steps_but_no_bits(unbroken, tmp_path):
    run = make_run(tmp_path / "damaged")
    with pytest.raises(Killed):
        make_trainer(run, progress=kill_at(9)).train()
    (run.path / "checkpoints" / "step-0000000008" / "state.json").write_text("{")
    trainer = resume(run)
    assert trainer.step == 7
    trainer.train()
    assert weights_of(run) == weights_of(unbroken)
    assert lines_of(run) == lines_of(unbroken)


def extended(path, killed_at=None):
    run = make_run(path)
    make_trainer(run).train()
    trainer = resume(run, progress=kill_at(killed_at) if killed_at else None)
    trainer.extend(steps=10, minutes=None)
    if killed_at:
        with pytest.raises(Killed):
            trainer.train()
        trainer = resume(run)
        assert not trainer.complete
    trainer.train()
    return RunFolder.open(path)


def test_an_extension_has_a_schedule_of_its_own(tmp_path):
    run = extended(tmp_path / "run")
    assert run.config.plan.stages == (Stage(0, 20), Stage(20, 10))
    rates = {line["step"]: line["learning_rate"] for line in lines_of(run) if "loss" in line}
    assert rates[18] < rates[24] == SETTINGS.learning_rate
    assert rates[30] < rates[27] < rates[24]
    repeated = make_run(tmp_path / "repeated", plan=run.config.plan)
    make_trainer(repeated).train()
    assert weights_of(repeated) == weights_of(run)
    assert lines_of(repeated) == lines_of(run)


@pytest.mark.parametrize("step", [21, 25])
def test_a_kill_in_an_extension(tmp_path, step):
    whole = extended(tmp_path / "whole")
    assert weights_of(extended(tmp_path / "killed", killed_at=step)) == weights_of(whole)


def worsening():
    values = itertools.chain([3.0, 2.0, 2.5, 2.0], itertools.repeat(4.0))
    return lambda model: {"dev_error": next(values)}


def test_early_stopping(tmp_path):
    settings = replace(SETTINGS, evaluate_every=1, patience=3)
    run = make_run(tmp_path / "run", settings=settings)
    outcome = make_trainer(run, score=worsening()).train()
    assert (outcome.step, outcome.best.step, outcome.best.values) == (5, 2, (2.0,))
    trainer = resume(run)
    assert trainer.complete
    trainer.extend(steps=2, minutes=None)
    assert not trainer.complete
    assert run.open(run.path).config.plan.stages == (Stage(0, 20, stop=5), Stage(5, 2))


def test_early_stopping_survives_a_kill(tmp_path):
    run = make_run(tmp_path / "run", settings=replace(SETTINGS, evaluate_every=1, patience=3))
    score = worsening()
    with pytest.raises(Killed):
        make_trainer(run, score=score, progress=kill_at(5)).train()
    outcome = resume(run, score=score).train()
    assert (outcome.step, outcome.best.step) == (5, 2)


class SlowClock:
    """Time passes with each step and each score."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def loss(self, model, arrays):
        self.now += 0.1
        return loss_of(model, arrays)

    def score(self, model):
        self.now += 0.5
        return {"dev_error": self.now}


def timed(clock):
    return {"clock": clock, "loss": clock.loss, "score": clock.score}


def test_epochs_become_steps(tmp_path):
    run = make_run(tmp_path / "run", plan=Plan((Stage(0, None, epochs=3),)))
    make_trainer(run)
    assert RunFolder.open(run.path).config.plan.stages == (Stage(0, 21, epochs=3),)
    assert make_trainer(run).train().step == 21


def test_minutes_become_steps(tmp_path):
    settings = replace(SETTINGS, evaluate_every=20, checkpoint_minutes=10.0)
    run = make_run(tmp_path / "run", settings=settings, plan=Plan((Stage(0, None, minutes=0.5),)))
    clock = SlowClock()
    progress = Recorder()
    make_trainer(run, progress=progress, **timed(clock)).train()
    assert 27 < clock.now <= 30.5
    stage = RunFolder.open(run.path).config.plan.last
    assert stage.held == 17  # five to settle, then 4 % of 30 seconds
    assert stage.length == run.checkpoints.load().step
    assert "timing the first steps" in progress.said[0]
    assert f"a step takes 100.0 ms and a measurement 0.5 s: training for {stage.length} steps" in progress.said[1]
    repeated = make_run(tmp_path / "repeated", settings=settings, plan=run.config.plan)
    make_trainer(repeated, **timed(SlowClock())).train()
    assert weights_of(repeated)[:2] == weights_of(run)[:2]


@pytest.mark.parametrize("step", [3, 14, 15, 16, 60])
def test_a_kill_in_a_run_of_minutes(tmp_path, step):
    settings = replace(SETTINGS, evaluate_every=20)
    run = make_run(tmp_path / "run", settings=settings, plan=Plan((Stage(0, None, minutes=0.2),)))
    with pytest.raises(Killed):
        make_trainer(run, progress=kill_at(step), **timed(SlowClock())).train()
    resume(run, **timed(SlowClock())).train()
    repeated = make_run(tmp_path / "repeated", settings=settings, plan=RunFolder.open(run.path).config.plan)
    make_trainer(repeated).train()
    assert weights_of(repeated)[:2] == weights_of(run)[:2]


def test_a_slower_machine_says_so(tmp_path):
    run = make_run(tmp_path / "run", plan=Plan((Stage(0, 60, held=20, minutes=0.05),)))
    progress = Recorder()
    make_trainer(run, progress=progress, **timed(SlowClock())).train()
    assert "minutes instead of 0.05: the machine was slower" in progress.said[-1]


def test_a_loss_that_is_no_number_is_refused(tmp_path):
    run = make_run(tmp_path / "run")
    with pytest.raises(TrainingError, match="the loss became nan at step 1: try a lower learning_rate"):
        make_trainer(run, loss=lambda model, arrays: loss_of(model, arrays) * float("nan")).train()


class TestGuard:
    def exploding(self, model, arrays):
        return loss_of(model, arrays) + cr.ops.log(model[0].weight[:1, :1] * 0.0).sum()

    def test_it_names_the_operation_the_step_and_the_batch(self, tmp_path):
        run = make_run(tmp_path / "run", settings=replace(SETTINGS, guard=True))
        with pytest.raises(TrainingError) as caught:
            make_trainer(run, loss=self.exploding).train()
        sentence = str(caught.value)
        assert sentence.startswith("log made the first infinity (forward, step 1, batch (0, 0)), called at ")
        assert "test_loop.py" in sentence

    def test_healthy_training_is_the_same_under_it(self, unbroken, tmp_path):
        run = make_run(tmp_path / "run", settings=replace(SETTINGS, guard=True))
        make_trainer(run).train()
        assert weights_of(run) == weights_of(unbroken)


def test_jax_learns_the_same_and_resumes(unbroken, tmp_path):
    pytest.importorskip("jax")
    run = make_run(tmp_path / "run")
    with pytest.raises(Killed):
        make_trainer(run, backend="jax", progress=kill_at(7)).train()
    resume(run, backend="jax").train()
    whole = make_run(tmp_path / "whole")
    make_trainer(whole, backend="jax").train()
    assert weights_of(run) == weights_of(whole)
    assert lines_of(run) == lines_of(whole)
    ours, numpys = lines_of(run), lines_of(unbroken)
    for name in ("loss", "dev_error"):
        np.testing.assert_allclose(
            [line[name] for line in ours if name in line], [line[name] for line in numpys if name in line], rtol=1e-4
        )


def test_accumulated_parts_are_the_whole_batch(tmp_path, backend):
    found = []
    for parts in (1, 3):
        run = make_run(tmp_path / str(parts), 6, replace(SETTINGS, accumulate=parts))
        make_trainer(run, backend=backend).train()
        found.append(run.checkpoints.load().state["model"])
    for name, array in found[0].items():
        np.testing.assert_allclose(found[1][name], array, rtol=1e-4, atol=1e-6, err_msg=name)


def test_batches_that_cannot_be_split_are_not_accumulated(tmp_path):
    run = make_run(tmp_path / "run", settings=replace(SETTINGS, accumulate=2))
    with pytest.raises(ConfigError, match="accumulate must be 1 here, got 2: these batches cannot be split"):
        make_trainer(run, split=None)
