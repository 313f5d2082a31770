"""Vectors of texts from runs of every task that has some, trained and with random weights."""

import numpy as np
import pytest

from chainrule.data.labelled import LabelledTextDataset
from chainrule.data.texts import TextDataset
from chainrule.errors import ConfigError, DataError
from chainrule.random import Generator
from chainrule.tasks.finetuning import classify
from chainrule.tasks.judging.representation import representation_of
from chainrule.tasks.judging.texts import TEXTS
from chainrule.tasks.pretraining import causal, denoising, masked
from chainrule.training.progress import Progress

WORDS = [a * n + b for n in (1, 2, 3, 4) for a in "abcdef" for b in "xyz"]
SMALL = {"layers": 1, "heads": 2, "width": 16, "context": 16}
BASES = {
    "causal": (causal.TASK, SMALL, 16),
    "masked": (masked.TASK, SMALL, 16),
    "denoise": (denoising.TASK, {"encoder_size": 8, "decoder_size": 16, "embedding_size": 8}, 16),
    "denoise with attention alone": (
        denoising.TASK,
        {"model": "transformer", "width": 12, "heads": 2, "encoder_layers": 1, "decoder_layers": 1},
        12,
    ),
}


def trained(folder, kind):
    task, shape, _ = BASES[kind]
    data = TextDataset.from_texts("words", WORDS)
    run = task.create_run(folder, "words", data, task.settings.from_mapping(shape | {"steps": 2}, "a test"), None)
    task.make_trainer(run, data, Progress()).train()
    return run


@pytest.mark.parametrize("kind", BASES)
def test_every_kind_of_run(kind, tmp_path):
    run = trained(tmp_path / "run", kind)
    learned = representation_of(str(run.path))
    texts = np.array(["aax", "b", "cccccz"], dtype=object)
    vectors = learned.describe(texts)
    assert (vectors.shape, vectors.dtype, learned.kind) == ((3, BASES[kind][2]), np.float32, TEXTS)
    np.testing.assert_allclose(learned.describe(texts[1:2]), vectors[1:2], rtol=1e-5, atol=1e-6)
    anew = [representation_of(str(run.path), Generator(1)).describe(texts) for _ in range(2)]
    np.testing.assert_array_equal(*anew)
    assert not np.allclose(anew[0], vectors)


def test_a_fine_tuned_run(tmp_path):
    base = trained(tmp_path / "base", "masked")
    data = LabelledTextDataset.from_rows("rows", [(word, "late" if word[0] > "c" else "early") for word in WORDS])
    settings = classify.ClassifySettings(base=str(base.path), steps=5, learning_rate=1e-2, warmup_steps=1)
    run = classify.TASK.create_run(tmp_path / "run", "rows", data, settings, None)
    classify.TASK.make_trainer(run, data, Progress()).train()
    texts = np.array(WORDS, dtype=object)
    before, after = (representation_of(str(path)).describe(texts) for path in (base.path, run.path))
    assert before.shape == after.shape
    assert not np.allclose(before, after)


def test_what_describes_nothing(tmp_path):
    run = trained(tmp_path / "run", "masked")
    file = run.path / "config.json"
    file.write_text(file.read_text().replace('"task": "masked"', '"task": "telepathy"'))
    with pytest.raises(ConfigError, match="a run of the task 'telepathy', which describes no inputs: probes take runs"):
        representation_of(str(run.path))


def test_texts_are_read_with_their_labels(tmp_path):
    for part, rows in {"train": "a\tx\nb\ty\n", "dev": "c\tx\n", "test": "d\ty\n"}.items():
        (tmp_path / f"{part}.tsv").write_text(rows)
    data = TEXTS.load(str(tmp_path))
    assert (data.classes, data.train.inputs.tolist(), data.test.labels.tolist()) == (("x", "y"), ["a", "b"], [1])
    (tmp_path / "test.tsv").write_text("")
    with pytest.raises(DataError):
        TEXTS.load(str(tmp_path))
