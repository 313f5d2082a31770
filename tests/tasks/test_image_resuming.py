"""Learning from images, stopped in the middle and taken up again: the weights come out the same to the bit."""

import signal

import pytest

from chainrule.tasks.task import load_task
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder

from .pictures import bar_dataset

SMALL = {"batch_size": 16, "steps": 9, "evaluate_every": 4, "warmup_steps": 2, "averaging": 0.9}
TASKS = {
    "contrastive": {"width": 0.1, "colour": 0.3},
    "mae": {"width": 0.1},
    "image": {"method": "gradual", "unfreeze_every": 3, "layer_decay": 0.5, "examples": 40},
}


class Stopping(Progress):
    """Ends the training at the first measurement."""

    def message(self, text):
        signal.raise_signal(signal.SIGINT)


def begin(name, path, **more):
    task = load_task(name)
    settings = task.settings.from_mapping(task.complete(SMALL | TASKS[name] | more), "a test")
    return task.create_run(path, "bars", bar_dataset(), settings, None)


def train(run, progress):
    trainer = load_task(run.config.task).make_trainer(run, bar_dataset(), progress)
    if (checkpoint := run.checkpoints.load()) is not None:
        trainer.restore(checkpoint)
    return trainer.train().step


def weights(run):
    newest = run.path / "checkpoints" / (run.path / "checkpoints" / "latest").read_text().strip()
    return [path.read_bytes() for path in (newest / "arrays.safetensors", run.path / "model.safetensors")]


@pytest.mark.parametrize("name", TASKS)
def test_a_resumed_run_is_the_same_to_the_bit(tmp_path, name):
    more = {}
    if name == "image":
        base = begin("contrastive", tmp_path / "base", steps=2)
        train(base, Progress())
        more["base"] = str(base.path)
    unbroken, broken = (begin(name, tmp_path / part, **more) for part in ("unbroken", "broken"))
    assert train(unbroken, Progress()) == 9
    assert train(broken, Stopping()) == 4
    assert train(RunFolder.open(broken.path), Progress()) == 9
    assert weights(broken) == weights(unbroken)
