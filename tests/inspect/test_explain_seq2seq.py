"""The explanation of sequence-to-sequence models follows the real search, and its numbers add up."""

import importlib
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.inspect import explain_seq2seq
from chainrule.inspect.beam_recorder import Recorder
from chainrule.inspect.explain_seq2seq_page import write
from chainrule.inspect.explain_seq2seq_text import as_text
from chainrule.inspect.small_seq2seq import dates, learn
from chainrule.models import Transformer, TransformerConfig

TEXT = "24 November 2026"


@pytest.fixture(scope="module")
def trained():
    return learn(dates()._replace(steps=40), asked=20)


@pytest.fixture(scope="module")
def found(trained):
    return explain_seq2seq(trained.predictor, TEXT)


@pytest.fixture(scope="module")
def text(found):
    return as_text(found)


def test_a_small_model_learns(trained):
    assert trained.losses[-1] < 0.75 * trained.losses[0]
    assert (trained.asked, trained.predictor.search.width) == (20, 3)


def test_answers_are_those_of_the_search(trained, found):
    answers = trained.predictor.predict([TEXT], n_best=3)[0]
    assert len(answers) == len(found.answers)
    for answer, path in zip(answers, found.answers):
        assert "".join(found.words(path)[:-1]) == answer.text
        assert path.total == pytest.approx(answer.log_probability, abs=1e-4)
    best = sum(choice.log_probability for choice in found.choices)
    assert best == pytest.approx(found.answers[0].total, abs=1e-9)
    assert best == pytest.approx(answers[0].log_probability, abs=1e-4)


def test_choices_are_of_the_whole_distribution(found):
    assert [choice.given for choice in found.choices] == ["(begin)", *found.words(found.answers[0])[:-1]]
    for choice in found.choices:
        probabilities = [candidate.probability for candidate in choice.candidates]
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities) <= 1 + 1e-9
        assert choice.weights.sum() == pytest.approx(1, abs=1e-5)
        named = {candidate.symbol: candidate.probability for candidate in choice.candidates}
        if choice.chosen in named:
            assert np.exp(choice.log_probability) == pytest.approx(named[choice.chosen])


def test_each_round_continues_the_one_before(found):
    before = {()}
    for one in found.rounds:
        every = [*one.kept, *one.ended, *one.dropped]
        assert len({path.symbols for path in every}) == len(every)
        assert {path.parent for path in every} <= before
        assert len(one.kept) <= found.width
        if one.kept:
            worst = min(path.total for path in one.kept)
            assert all(path.total <= worst + 1e-9 for path in one.dropped)
        before = {path.symbols for path in one.kept}
    ended = {path.symbols: path.total for one in found.rounds for path in one.ended}
    for path in found.answers:
        assert ended[path.symbols] == pytest.approx(path.total, abs=1e-4)


def test_recording_changes_nothing(trained):
    from chainrule.data.sequences import Sequences

    sources = Sequences.encode([TEXT], trained.predictor.source_tokenizer)
    search, model = trained.predictor.search, trained.predictor.model
    assert search.run(Recorder(model), sources, 3) == search.run(model, sources, 3)


def test_text_fits_a_terminal_and_has_the_numbers(found, text):
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii()
    terms = [f"{term:+.3f}" for term in found.answers[0].log_probabilities]
    assert f"{' '.join(terms)} = {found.answers[0].total:.3f}" in " ".join(text.split())
    for path in found.answers:
        assert re.search(rf"{re.escape(' '.join(found.words(path)[:-1])[:56])} +{path.total:.3f}", text)


def test_page_has_the_numbers(found, tmp_path):
    page = write(found, tmp_path / "page.html").read_text(encoding="utf-8").replace("\u2212", "-")
    for choice in found.choices:
        assert f">{choice.log_probability:.3f}<" in page
    for path in found.answers:
        assert f">{path.total:.3f}<" in page


def test_a_transformer_too(trained):
    from chainrule.tasks.seq2seq import Predictor

    codec = trained.predictor.codec
    shape = TransformerConfig(len(codec.source), len(codec.target), 1, 2, width=16, heads=2)
    with cr.seed(0):
        model = Transformer(shape)
    found = explain_seq2seq(Predictor(model, codec, trained.predictor.search), TEXT)
    assert found.alignment.weights.shape[:2] == (2, 2)
    assert max(map(len, as_text(found).splitlines())) <= 80


def test_dates_are_taught_where_there_is_no_dictionary(monkeypatch):
    module = importlib.import_module("chainrule.inspect.explain_seq2seq")
    monkeypatch.setattr(module, "pronunciations", lambda: None)
    monkeypatch.setattr(module, "dates", lambda: dates()._replace(steps=3))
    found = explain_seq2seq()
    assert (found.text, found.trained.lesson.steps) == (TEXT, 3)
    assert "trained on the spot" in as_text(found)


def test_a_model_needs_an_input(trained):
    with pytest.raises(ValueError, match="expected an input"):
        explain_seq2seq(trained.predictor)
