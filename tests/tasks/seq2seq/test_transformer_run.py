"""A run with a Transformer: trained, resumed, searched."""

import numpy as np
import pytest

from chainrule.data.pairs import PairDataset
from chainrule.tasks.seq2seq import Predictor, Seq2SeqSettings, create_run, make_trainer
from chainrule.tasks.seq2seq.settings import with_preset
from chainrule.training.progress import Progress

SHAPE = {"model": "transformer", "width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1}


@pytest.mark.parametrize("more", [{}, {"positions": "rotary", "norm_first": False, "dropout": 0.1}])
def test_it_trains_and_answers(tmp_path, more):
    words = [a + b + c for a in "abcd" for b in "abcd" for c in "abcd"]
    (tmp_path / "pairs.tsv").write_text("".join(f"{word}\t{' '.join(word.upper())}\n" for word in words))
    settings = Seq2SeqSettings.from_mapping(SHAPE | more | {"steps": 20, "learning_rate": 1e-2}, "a test")
    data = PairDataset.read(tmp_path / "pairs.tsv")
    run = create_run(tmp_path / "run", str(tmp_path / "pairs.tsv"), data, settings, None)
    make_trainer(run, data, Progress()).train()
    predictor = Predictor.open(run)
    together = predictor.predict(["abc", "d", "cab"])
    apart = [predictor.predict([word])[0] for word in ("abc", "d", "cab")]
    for one, other in zip(together, apart):
        assert one[0].symbols == other[0].symbols
        assert one[0].log_probability == pytest.approx(other[0].log_probability, rel=1e-4)


def test_translation_is_measured_by_its_loss(tmp_path):
    pytest.importorskip("sentencepiece", reason="subwords are learnt by sentencepiece")
    nouns, words = ("hund", "ball", "mann", "arm"), ("warm", "still", "rot", "alt")
    rows = [f"der {a} ist {i} {b}\tthe {a} is {i} {b}\n" for a in nouns for b in words for i in range(5)]
    (tmp_path / "pairs.tsv").write_text("".join(rows))
    given = SHAPE | {"task": "translate", "steps": 4, "evaluate_every": 2, "vocabulary_size": 60}
    settings = Seq2SeqSettings.from_mapping(with_preset(given), "a test")
    data = PairDataset.read(tmp_path / "pairs.tsv")
    run = create_run(tmp_path / "run", str(tmp_path / "pairs.tsv"), data, settings, None)
    outcome = make_trainer(run, data, Progress()).train()
    (loss,) = outcome.best.values
    assert np.isfinite(loss)
