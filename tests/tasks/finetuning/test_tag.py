"""Fine-tuning on tagged words: where words stand, long sentences, what a run learns, scores, bad input."""

import random

import numpy as np
import pytest

from chainrule.data import TaggedDataset, TextDataset
from chainrule.data.tokenizers import BOS, EOS, TOKENIZERS
from chainrule.errors import DataError
from chainrule.tasks.finetuning import tag
from chainrule.tasks.finetuning.bodies import _encode_words
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.tagger import Tagger, commonest_tags, split_words
from chainrule.tasks.finetuning.words import WordBatch, encode_words
from chainrule.tasks.pretraining import causal, masked
from chainrule.training.progress import Progress

SMALL = {"layers": 1, "heads": 2, "width": 16, "context": 32, "batch_size": 16, "steps": 10, "learning_rate": 3e-3}


def sentences(count=120, seed=0):
    """A word is a name where it follows "mr", which its letters do not tell."""
    draw = random.Random(seed)
    for _ in range(count):
        words, tags = [], []
        for _ in range(draw.randint(2, 5)):
            titled = draw.random() < 0.5
            words += ["mr"] * titled + [draw.choice(["brown", "green", "rose"])]
            tags += ["B-name", "I-name"] if titled else ["O"]
        yield words, tags


def write(path, rows):
    rows = ("".join(f"{w}\t{t}\n" for w, t in zip(words, tags, strict=True)) for words, tags in rows)
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["masked", "causal"])
def base(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "a.txt").write_text("\n".join(dict.fromkeys(" ".join(words) for words, _ in sentences())))
    task = {"masked": masked, "causal": causal}[request.param].TASK
    data = TextDataset.read(folder / "a.txt")
    settings = task.settings.from_mapping(SMALL, "a test")
    run = task.create_run(folder / "run", str(folder / "a.txt"), data, settings, None)
    task.make_trainer(run, data, Progress()).train()
    return run.path


def make_run(path, base, rows=None, **more):
    file = write(path / "rows.conll", sentences() if rows is None else rows)
    settings = tag.TagSettings.from_mapping({"base": str(base), **more}, "a test")
    data = TaggedDataset.read(file)
    return tag.TASK.create_run(path / "run", str(file), data, settings, None), data


def trained(path, base, steps=150, **more):
    run, data = make_run(path, base, steps=steps, learning_rate=1e-2, warmup_steps=2, **more)
    tag.TASK.make_trainer(run, data, Progress()).train()
    return run, data


def test_it_learns_from_context_what_a_word_alone_does_not_tell(tmp_path, base):
    run, data = trained(tmp_path, base, dropout=0.0)
    learned = data.split("train")
    score = Tagger.open(run).score(learned)
    usual = np.mean(commonest_tags(learned, learned) == tag.flat_tags(learned))
    assert score.accuracy > 0.95 > 0.8 > usual
    assert score.interval[0] <= score.accuracy <= score.interval[1]
    assert score.words == sum(map(len, learned.words))
    assert score.tags["I-name"].f1 > 0.85
    assert set(score.spans) == {"name"}
    assert score.all_spans.f1 > 0.85
    (found,) = Tagger.open(run.path).predict([["rose", "mr", "rose"]])
    assert [answer for answer, _ in found] == ["O", "B-name", "I-name"]
    assert all(0 < chance <= 1 for _, chance in found)
    (measured,) = tag.TASK.measure(run, data, "train")
    assert measured.value == pytest.approx(score.accuracy)


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_words_are_found_in_the_text_that_they_make(kind):
    words = ["The", "man's", "U.S.", "café", "9,000", "."]
    text = " ".join(words)
    tokenizer = TOKENIZERS[kind].fit([text] * 3, size=60 if kind in ("bpe", "unigram") else None)
    symbols, places = _encode_words(tokenizer, words)
    assert symbols == [BOS, *tokenizer.encode(text), EOS]
    assert [tokenizer.decode(symbols[start:stop]) for start, stop in places] == words
    strange, ((start, stop),) = _encode_words(tokenizer, ["\u200b\u200b"])
    assert start == 1
    assert 1 < stop < len(strange)


def body(context):
    """Words of as many symbols as they have letters."""

    def encode(words):
        stops = np.cumsum([len(word) for word in words])
        return list(range(stops[-1])), [(int(stop) - len(word), int(stop)) for word, stop in zip(words, stops)]

    return Body(None, None, encode, 1, context, 1, True, {}, "")


def test_long_sentences_are_halved_and_no_word_is_lost():
    given = [["aa", "b", "cc"], ["a"] * 9, ["abcdefgh", "i"]]
    encoded = encode_words(given, body(4), first=False)
    assert encoded.symbols.lengths.max() <= 4
    assert len(encoded.places.values) == sum(map(len, given))
    assert encoded.places.lengths.tolist() == [1, 2, 4, 2, 3, 1, 1]
    assert encoded.places[0].tolist() == [1]
    assert encoded.places[5].tolist() == [3]  # the last symbol of a word that is longer than the context


def test_parts_of_a_batch_have_its_words():
    tokens = np.arange(12).reshape(4, 3)
    whole = WordBatch(tokens, np.full(4, 3), np.array([0, 2, 3, 7, 10, 11]), np.arange(6))
    parts = list(whole.parts(3))
    assert sum(part.share for part in parts) == pytest.approx(1.0)
    assert np.concatenate([part.batch.tags for part in parts]).tolist() == list(range(6))
    there = [part.batch.tokens.reshape(-1)[part.batch.places] for part in parts]
    assert np.concatenate(there).tolist() == tokens.reshape(-1)[whole.places].tolist()


def test_few_sentences(tmp_path, base):
    run, data = make_run(tmp_path, base, examples=5)
    assert len(tag.TAG.learned_from(data, tag.TAG.read_settings(run))) == 5


def test_tags_that_were_never_learned_count_as_wrong(tmp_path, base):
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "train.conll", sentences(20))
    write(tmp_path / "data" / "dev.conll", [(["rose"], ["O"]), (["rose", "rose"], ["strange", "O"])])
    data = TaggedDataset.read(tmp_path / "data")
    settings = tag.TagSettings.from_mapping({"base": str(base), "steps": 30, "learning_rate": 1e-2}, "a test")
    run = tag.TASK.create_run(tmp_path / "run", str(tmp_path / "data"), data, settings, None)
    tag.TASK.make_trainer(run, data, Progress()).train()
    score = Tagger.open(run).score(data.split("dev"))
    assert score.tags["strange"].recall == 0.0
    assert score.spans == {}


def test_there_must_be_words(tmp_path, base):
    run, _ = trained(tmp_path, base, steps=1)
    for given, problem in (([["a"], []], "text 2 has no word"), ([["a", " "]], "text 1 has an empty word")):
        with pytest.raises(DataError, match=problem):
            Tagger.open(run).predict(given)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The dog's  tail.", ["The", "dog's", "tail", "."]),
        ('"No!" -- (he said...)', ['"', "No", "!", '"', "--", "(", "he", "said", "...", ")"]),
        ("well-known 3.5% U.S.", ["well-known", "3.5", "%", "U.S", "."]),
        ("¿Qué?", ["¿", "Qué", "?"]),
        (" ", []),
    ],
)
def test_a_text_is_cut_into_words(text, words):
    assert split_words(text) == words
