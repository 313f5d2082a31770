"""Many trainings: what is done again after a stop, what is refused, and curves out of their scores."""

import dataclasses
import signal

import numpy as np
import pytest

from chainrule.data.labelled import LabelledTextDataset
from chainrule.errors import CheckpointError, ConfigError
from chainrule.metrics import Measurement
from chainrule.random import Generator
from chainrule.tasks.finetuning import classify
from chainrule.tasks.judging.curves import LearningCurves
from chainrule.tasks.judging.study import FINE_TUNED, FROM_SCRATCH, Study, Trial, with_and_without
from chainrule.training.best import BestScore
from chainrule.training.loop import Outcome
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder

SETTINGS = classify.ClassifySettings(base="runs/base", steps=3)
ROWS = [(f"text {n}", "odd" if n % 2 else "even") for n in range(60)]


class Training:
    """In place of a training: what is asked of it, and a score that the settings decide."""

    def __init__(self):
        self.taken, self.stop = [], None
        self.task = dataclasses.replace(
            classify.TASK, create_run=self.create, make_trainer=self.trainer, measure=self.measure
        )

    def create(self, path, name, data, settings, plan):
        path.mkdir()
        self.taken.append(settings)
        return path

    def trainer(self, run, data, progress):
        self.run = run
        return self

    def train(self):
        return Outcome(3, BestScore(), self.stop)

    def measure(self, run, data, part):
        assert part == "test"
        settings = self.taken[-1]
        right = settings.examples + settings.seed - 5 * settings.from_scratch
        return [Measurement("accuracy", np.array([[right, 100.0]]), per_cent=True)]


@pytest.fixture
def data():
    return LabelledTextDataset.from_rows("rows", ROWS)


def study_of(folder, training, data, settings=SETTINGS):
    return Study(folder, training.task, "rows.tsv", data, with_and_without(settings))


def take_all(study, amounts, seeds):
    for trial in list(study.trials(amounts, seeds)):
        study.take(trial, Progress())


def test_both_ways_learn_from_the_same_examples(tmp_path, data):
    training = Training()
    study = study_of(tmp_path, training, data)
    take_all(study, [10, 40], 2)
    assert [(s.examples, s.seed, s.from_scratch) for s in training.taken] == [
        (examples, seed, scratch) for examples in (10, 40) for seed in (0, 1) for scratch in (False, True)
    ]
    assert not training.run.exists()
    curves = study.curves()
    assert (curves.score, curves.per_cent, curves.lower_is_better, curves.amounts) == (
        "accuracy",
        True,
        False,
        [10, 40],
    )
    assert curves.point(FINE_TUNED, 40).values == pytest.approx((0.40, 0.41))
    assert curves.difference(FINE_TUNED, FROM_SCRATCH, 10).values == pytest.approx((0.05, 0.05))
    assert curves.difference(FINE_TUNED, FROM_SCRATCH, 10).interval == pytest.approx((0.05, 0.05))


def test_what_is_done_is_not_done_again(tmp_path, data):
    first, second = Training(), Training()
    take_all(study_of(tmp_path, first, data), [10], 2)
    study = study_of(tmp_path, second, data)
    assert list(study.trials([10], 2)) == []
    assert list(study.trials([10], 3)) == [Trial(FINE_TUNED, 10, 2), Trial(FROM_SCRATCH, 10, 2)]
    assert study.curves().point(FROM_SCRATCH, 10).values == pytest.approx((0.05, 0.06))


def test_a_stopped_training_leaves_no_score(tmp_path, data):
    training = Training()
    training.stop = signal.SIGINT
    study = study_of(tmp_path, training, data)
    outcome, result = study.take(Trial(FINE_TUNED, 10, 0), Progress())
    assert (outcome.signal, result) == (signal.SIGINT, None)
    assert next(study.trials([10], 1)) == Trial(FINE_TUNED, 10, 0)
    with pytest.raises(ConfigError, match="holds no finished training"):
        study.curves()


def test_another_study_in_the_folder_is_refused(tmp_path, data):
    take_all(study_of(tmp_path, Training(), data), [10], 1)
    with pytest.raises(ConfigError, match="holds a study of other data or settings"):
        study_of(tmp_path, Training(), data, dataclasses.replace(SETTINGS, steps=4))
    with pytest.raises(ConfigError, match="holds a study of other data or settings"):
        study_of(tmp_path, Training(), LabelledTextDataset.from_rows("rows", ROWS[1:]))
    study_of(tmp_path, Training(), data, dataclasses.replace(SETTINGS, seed=7, examples=5))  # a trial decides these
    file = tmp_path / "study.json"
    file.write_text(file.read_text().replace('"seed": 0', '"sed": 0'))
    with pytest.raises(CheckpointError, match=r"study\.json is damaged"):
        study_of(tmp_path, Training(), data)


def test_a_rate_of_its_own_from_scratch():
    arms = with_and_without(SETTINGS, 0.01)
    assert arms[FINE_TUNED] == SETTINGS
    assert (arms[FROM_SCRATCH].from_scratch, arms[FROM_SCRATCH].learning_rate) == (True, 0.01)
    assert with_and_without(SETTINGS)[FROM_SCRATCH].learning_rate == SETTINGS.learning_rate


def test_points_that_are_missing():
    curves = LearningCurves("accuracy", True, False, {"a": {10: {0: 0.5}}, "b": {20: {0: 0.7}}})
    assert curves.amounts == [10, 20]
    assert curves.point("a", 20) is None
    assert curves.difference("a", "b", 10) is None


def test_a_run_is_measured_as_it_answers(tmp_path):
    rows = [(letter * n, letter) for letter in "ab" for n in range(1, 40)]
    (tmp_path / "rows.tsv").write_text("".join(f"{text}\t{label}\n" for text, label in rows))
    data = LabelledTextDataset.read(tmp_path / "rows.tsv")
    base = _base(tmp_path, [text for text, _ in rows])
    settings = classify.ClassifySettings(base=str(base.path), steps=30, learning_rate=1e-2, warmup_steps=2)
    study = Study(tmp_path / "study", classify.TASK, str(tmp_path / "rows.tsv"), data, with_and_without(settings))
    _, result = study.take(Trial(FINE_TUNED, 40, 0), Progress())
    assert (result.score, result.per_cent, result.lower_is_better) == ("accuracy", True, False)
    assert result.value == 1.0


def _base(folder, texts) -> RunFolder:
    from chainrule.data.texts import TextDataset
    from chainrule.tasks.pretraining import masked

    data = TextDataset.from_texts("texts", texts)
    shape = {"layers": 1, "heads": 2, "width": 16, "context": 48, "steps": 2}
    settings = masked.MaskedSettings.from_mapping(shape, "a test")
    run = masked.TASK.create_run(folder / "base", "texts", data, settings, None)
    run.save_model(masked.make_model(settings, masked.text.read_tokenizer(run), Generator(0)).state_dict())
    return run
