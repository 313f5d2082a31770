"""Beginning with what another run has learned."""

import shutil

import numpy as np
import pytest

from chainrule.data.pairs import PairDataset
from chainrule.data.texts import TextDataset
from chainrule.errors import ConfigError
from chainrule.tasks.pretraining import denoising, masked
from chainrule.tasks.seq2seq import Predictor, Seq2SeqSettings, create_run, make_trainer
from chainrule.tasks.seq2seq.beginning import introduce
from chainrule.training.progress import Progress

WORDS = [a + b + c for a in "abcd" for b in "efgh" for c in "ijkl"]
SHAPES = {
    "recurrent": {"encoder_size": 12, "decoder_size": 24, "embedding_size": 8},
    "transformer": {"model": "transformer", "width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1},
}


@pytest.fixture(scope="module", params=SHAPES)
def base(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "words.txt").write_text("\n".join(WORDS))
    settings = denoising.DenoiseSettings.from_mapping(SHAPES[request.param] | {"steps": 5}, "a test")
    data = TextDataset.read(folder / "words.txt")
    run = denoising.TASK.create_run(folder / "run", str(folder / "words.txt"), data, settings, None)
    denoising.TASK.make_trainer(run, data, Progress()).train()
    return run


def make_run(path, base, **more):
    (path / "pairs.tsv").write_text("".join(f"{word}\t{' '.join(word.upper())}\n" for word in WORDS))
    settings = Seq2SeqSettings.from_mapping({"base": str(base), "steps": 3} | more, "a test")
    data = PairDataset.read(path / "pairs.tsv")
    return create_run(path / "run", str(path / "pairs.tsv"), data, settings, None), data


def encoder_of(model):
    return {name: np.array(p.numpy()) for name, p in model.named_parameters() if name.startswith("encoder.")}


def test_what_fits_is_taken_over_and_the_base_not_needed_any_more(tmp_path, base):
    copy = shutil.copytree(base.path, tmp_path / "base")
    run, data = make_run(tmp_path, copy)
    shutil.rmtree(copy)
    trainer = make_trainer(run, data, Progress())
    before = base.load_model()
    for name, array in encoder_of(trainer._model).items():
        np.testing.assert_array_equal(array, before[name])
    trainer.train()
    assert Predictor.open(run).predict(["aei"])[0][0].log_probability < 0


def test_it_says_what_was_taken_over(tmp_path, base):
    run, _ = make_run(tmp_path, base.path)
    text = introduce(run)
    assert f"from {base.path}" in text
    assert "decoder.embedding" in text.split("  new ")[1].split("frozen")[0]
    assert "decoder.embedding" not in text.split("  new ")[0]


def test_from_scratch_has_the_shape_alone(tmp_path, base):
    run, data = make_run(tmp_path, base.path, from_scratch=True)
    model = make_trainer(run, data, Progress())._model
    before = base.load_model()
    found = encoder_of(model)
    assert {name: array.shape for name, array in found.items()} == {name: before[name].shape for name in found}
    assert not any(np.array_equal(array, before[name]) for name, array in found.items() if "embedding" in name)
    assert "from scratch" in introduce(run)


def test_few_examples(tmp_path, base):
    run, data = make_run(tmp_path, base.path, examples=10, batch_size=4)
    batches = make_trainer(run, data, Progress())._batches
    rows = [next(batches) for _ in range(batches.batches_per_epoch)]
    assert sum(len(batch) for batch in rows) == 10


def test_a_base_without_an_encoder_decoder(tmp_path):
    (tmp_path / "words.txt").write_text("\n".join(WORDS))
    settings = masked.MaskedSettings.from_mapping({"layers": 1, "heads": 1, "width": 8, "steps": 1}, "a test")
    data = TextDataset.read(tmp_path / "words.txt")
    run = masked.TASK.create_run(tmp_path / "base", str(tmp_path / "words.txt"), data, settings, None)
    with pytest.raises(
        ConfigError, match="run of the task 'masked': pairs are learned on top of runs of denoise and seq2seq"
    ):
        make_run(tmp_path, run.path)
