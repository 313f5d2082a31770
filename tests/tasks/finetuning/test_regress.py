"""Fine-tuning on texts with a number each: units, what few examples know, damaged runs."""

import json
import re

import numpy as np
import pytest

from chainrule.data.rated import RatedTextDataset
from chainrule.data.texts import TextDataset
from chainrule.errors import CheckpointError, DataError
from chainrule.tasks.finetuning import regress
from chainrule.tasks.finetuning.scale import Scale
from chainrule.tasks.finetuning.text_regressor import NumberPredictor
from chainrule.tasks.pretraining import masked
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder

SMALL = {"layers": 1, "heads": 2, "width": 16, "context": 16, "batch_size": 16, "steps": 5, "learning_rate": 3e-3}
WORDS = [a * n + b for n in (1, 2, 3, 4, 5) for a in "abcdef" for b in "xyz"]
NUMBERS = [1000.0 + 20 * word.count("a") - 10 * word.count("f") for word in WORDS]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    data = TextDataset.from_texts("words", WORDS)
    task = masked.TASK
    run = task.create_run(folder / "run", "words", data, task.settings.from_mapping(SMALL, "a test"), None)
    task.make_trainer(run, data, Progress()).train()
    return run.path


def trained(path, base, numbers=NUMBERS, **more):
    (path / "rows.tsv").write_text("".join(f"{word}\t{number}\n" for word, number in zip(WORDS, numbers)))
    given = {"base": str(base), "steps": 60, "learning_rate": 1e-2, "warmup_steps": 2, "evaluate_every": 20, **more}
    data = RatedTextDataset.read(path / "rows.tsv")
    settings = regress.RegressSettings.from_mapping(given, "a test")
    run = regress.TASK.create_run(path / "run", str(path / "rows.tsv"), data, settings, None)
    regress.TASK.make_trainer(run, data, Progress()).train()
    return run, data


def test_answers_come_in_the_users_unit(tmp_path, base):
    run, data = trained(tmp_path, base)
    predictor = NumberPredictor.open(run)
    error, explained, *correlations = (score.value for score in predictor.score(data.split("train")))
    assert error < 12  # the mean alone: about 16
    assert explained > 0.5
    assert min(correlations) > 0.7
    np.testing.assert_allclose(predictor.predict(WORDS), NUMBERS, atol=60)
    assert next(score.value for score in regress.TASK.measure(run, data, "train")) == error


@pytest.mark.parametrize("method", ["frozen", "gradual", "lora"])
def test_other_methods(tmp_path, base, method):
    run, _data = trained(tmp_path, base, method=method, unfreeze_every=5, steps=10, from_scratch=method == "frozen")
    assert len(NumberPredictor.open(run.path).predict(["aaax", "fy"])) == 2
    assert re.search(r"new +\d+ arrays", regress.TASK.introduce(run))


def test_few_examples_know_only_their_own_mean(tmp_path, base):
    run, data = trained(tmp_path, base, examples=4, steps=2)
    few = regress.REGRESS.learned_from(data, regress.REGRESS.read_settings(run))
    assert len(few) == 4
    assert run.config.data["mean"] == pytest.approx(np.mean(few.numbers))
    assert NumberPredictor.open(run).scale == Scale.of(few.numbers)


def test_numbers_that_are_all_the_same(tmp_path, base):
    with pytest.raises(DataError, match="numbers to learn from are 7: give texts with different ones"):
        trained(tmp_path, base, numbers=[7.0] * len(WORDS))


def test_scale_keeps_digits_far_from_zero():
    numbers = np.array([1e9, 1e9 + 1, 1e9 + 2])
    scale = Scale.of(numbers)
    np.testing.assert_allclose(scale.restored(scale.standardised(numbers)), numbers, rtol=0, atol=1e-6)


def test_damaged_and_empty(tmp_path, base):
    run, _ = trained(tmp_path, base, steps=2)
    with pytest.raises(DataError, match="text 2 is empty; there is nothing to estimate from"):
        NumberPredictor.open(run).predict(["a", " "])
    content = json.loads((run.path / "config.json").read_text())
    del content["data"]["mean"]
    (run.path / "config.json").write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match="does not say what numbers were learned from: 'mean'"):
        NumberPredictor.open(RunFolder.open(run.path))
