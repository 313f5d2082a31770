"""Fine-tuning that begins with published weights: encoders and language models with the tokenizers beside them."""

import json
import shutil

import numpy as np
import pytest

import chainrule as cr
from chainrule.data import LabelledTextDataset, TaggedDataset
from chainrule.errors import CheckpointError, WeightsError
from chainrule.interop import PublishedTokenizer, save_model
from chainrule.models import (
    LanguageModel,
    LanguageModelConfig,
    MaskedLanguageModel,
    ResNet,
    ResNetConfig,
    TransformerEncoderConfig,
    TransformerEncoderModel,
)
from chainrule.tasks.finetuning import classify, tag
from chainrule.tasks.finetuning.bodies import body_from
from chainrule.tasks.finetuning.tagger import Tagger
from chainrule.tasks.finetuning.text_classifier import TextPredictor
from chainrule.training.progress import Progress

tokenizers = pytest.importorskip("tokenizers")

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PIECES = ["good", "bad", "film", "a", "very", "##s"]
SIZES = {"width": 16, "heads": 2, "max_length": 12, "dropout": 0.0}
COUNT = len(MARKS + PIECES)
MAKERS = {
    "encoder": lambda: TransformerEncoderModel(TransformerEncoderConfig(COUNT, 2, 2, True, **SIZES)),
    "masked": lambda: MaskedLanguageModel(TransformerEncoderModel(TransformerEncoderConfig(COUNT, 2, 2, **SIZES))),
    "decoder": lambda: LanguageModel(LanguageModelConfig(COUNT, 2, **SIZES)),
}
TEXTS = [
    f"{very}{word} film{s}" for very in ("", "a ", "very ", "a very ") for word in ("good", "bad") for s in ("", "s")
]


@pytest.fixture(params=MAKERS)
def base(request, tmp_path):
    """A folder as it is published, with BERT's kind of tokenizer."""
    with cr.seed(0):
        folder = save_model(MAKERS[request.param](), tmp_path / "base")
    (folder / "vocab.txt").write_text("\n".join(MARKS + PIECES))
    return folder


def make_run(base, path):
    (path / "rows.tsv").write_text("".join(f"{text}\t{'bad' if 'bad' in text else 'good'}\n" for text in TEXTS * 4))
    data = LabelledTextDataset.read(path / "rows.tsv")
    settings = {"base": str(base), "steps": 60, "learning_rate": 5e-3, "warmup_steps": 2, "dropout": 0.0}
    settings = classify.ClassifySettings.from_mapping(settings, "a test")
    return classify.TASK.create_run(path / "run", str(path / "rows.tsv"), data, settings, None), data


def test_a_body_reads_as_its_tokenizer_says(base):
    body, weights = body_from(str(base))
    assert body.encode("very good films") == [2, 9, 5, 7, 10, 3]
    assert len(body.encode("good " * 99)) == body.context == 12
    assert set(weights) == set(body.model.state_dict())
    assert body.reads_backwards == isinstance(body.model, TransformerEncoderModel)


def test_it_learns_and_the_base_is_not_needed_afterwards(base, tmp_path):
    run, data = make_run(base, tmp_path)
    shutil.rmtree(base)
    text = classify.TASK.introduce(run)
    assert f"from {base}" in text and "head.linear.weight (2, 16): drawn at random" in text
    classify.TASK.make_trainer(run, data, Progress()).train()
    predictor = TextPredictor.open(run.path)
    assert predictor.predict(["very very bad films"])[0][0][0] == "bad"
    assert predictor.score(data.split("train")).accuracy == 1.0


def test_a_damaged_description_is_named(base, tmp_path):
    run, data = make_run(base, tmp_path)
    description = json.loads((run.path / "body.json").read_text())
    for change in ({"tokenizer": {}}, {"published": {"model_type": "bert"}}):
        (run.path / "body.json").write_text(json.dumps({**description, **change}))
        with pytest.raises(CheckpointError, match="does not describe its model and tokenizer: "):
            classify.TASK.make_trainer(run, data, Progress())


def test_what_describes_no_texts(tmp_path):
    with cr.seed(0):
        save_model(ResNet(ResNetConfig(1, 4, (3, 5), (1, 1), projection=True)), tmp_path)
    with pytest.raises(WeightsError, match="is a ResNet, which describes no texts"):
        body_from(str(tmp_path))
    np.savez(tmp_path / "a.npz", a=np.ones(1))
    with pytest.raises(WeightsError, match="for which there is no model here"):
        body_from(str(tmp_path / "a.npz"))


def test_without_a_tokenizer(tmp_path):
    with cr.seed(0):
        save_model(MAKERS["encoder"](), tmp_path)
    with pytest.raises(WeightsError, match=r"has no tokenizer: put the tokenizer\.json of the model there"):
        body_from(str(tmp_path))


def test_words_are_found_among_the_pieces(base):
    body, _ = body_from(str(base))
    symbols, places = body.encode_words(["good", "films", "very", "\u200b", "bad"])
    assert symbols == [2, 5, 7, 10, 9, 6, 3]
    assert places == [(1, 2), (2, 4), (4, 5), (0, 1), (5, 6)]
    assert len(body.encode_words(["good"] * 99)[0]) == 101  # cut into pieces later, not cut off


def test_words_of_bytes_follow_spaces():
    made = tokenizers.ByteLevelBPETokenizer()
    made.train_from_iterator(["the cat's café, the cats"] * 3, vocab_size=280)
    tokenizer = PublishedTokenizer(made._tokenizer)
    words = ["the", "cat's", "café", ","]
    symbols, places = tokenizer.encode_words(words)
    assert symbols == tokenizer.encode("the cat's café ,")
    assert [tokenizer.decode(symbols[start:stop]).strip() for start, stop in places] == words


def test_a_tagger(base, tmp_path):
    tags = {"a": "at", "very": "rb", "good": "jj", "bad": "jj", "film": "nn", "films": "nns"}
    rows = ("".join(f"{word} {tags[word]}\n" for word in text.split()) for text in TEXTS)
    (tmp_path / "train.conll").write_text("\n".join(rows))
    (tmp_path / "dev.conll").write_text("good jj\nfilms nns\n")
    data = TaggedDataset.read(tmp_path)
    settings = {"base": str(base), "steps": 120, "learning_rate": 5e-3, "warmup_steps": 2, "averaging": 0.0}
    run = tag.TASK.create_run(
        tmp_path / "run", str(tmp_path), data, tag.TagSettings.from_mapping(settings, "a test"), None
    )
    shutil.rmtree(base)
    tag.TASK.make_trainer(run, data, Progress()).train()
    (found,) = Tagger.open(run.path).predict([["bad", "films"]])
    assert [answer for answer, _ in found] == ["jj", "nns"]
