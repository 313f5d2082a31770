"""Translation scores: sacrebleu's own, resampled and compared as sacrebleu does."""

import sys

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.metrics import compare_measurements, translation_measurements

sacrebleu = pytest.importorskip("sacrebleu", reason='translation scores: pip install "chainrule[text]"')

_WORDS = "the cat sat on a mat and saw dogs that ran over green hills far away".split()


def _texts(seed, count=120):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(_WORDS, rng.integers(4, 12))) + "." for _ in range(count)]


def _noisy(texts, seed, share):
    rng = np.random.default_rng(seed)
    return [" ".join(w if rng.random() > share else str(rng.choice(_WORDS)) for w in t.split()) for t in texts]


_RIGHT = _texts(0)
_FIRST, _SECOND = _noisy(_RIGHT, 1, 0.45), _noisy(_RIGHT, 2, 0.3)


def test_the_scores_are_sacrebleus():
    others = _noisy(_RIGHT, 3, 0.2)
    references = [[right, other] if n % 2 else [right] for n, (right, other) in enumerate(zip(_RIGHT, others))]
    streams = [_RIGHT, [other if n % 2 else None for n, other in enumerate(others)]]
    found = {m.name: m for m in translation_measurements(_FIRST, references)}
    for name, metric in (("BLEU", "BLEU"), ("chrF", "CHRF"), ("TER", "TER")):
        theirs = getattr(sacrebleu.metrics, metric)()
        assert found[name].value == pytest.approx(theirs.corpus_score(_FIRST, streams).score, abs=1e-9)
        assert found[name].signature == str(theirs.get_signature())
        assert found[name].lower_is_better == (name == "TER")
        low, high = found[name].interval(200)
        assert low < found[name].value < high


def test_a_comparison_agrees_with_sacrebleus():
    from sacrebleu.significance import PairedTest

    references = [[right] for right in _RIGHT]
    pairs = zip(translation_measurements(_FIRST, references), translation_measurements(_SECOND, references))
    ours = {first.name: compare_measurements(first, second) for first, second in pairs}
    metrics = {
        name: getattr(sacrebleu.metrics, cls)(references=[_RIGHT]) for name, cls in (("BLEU", "BLEU"), ("chrF", "CHRF"))
    }
    _, theirs = PairedTest([("a", _FIRST), ("b", _SECOND)], metrics, None, test_type="bs", n_samples=1000)()
    for name in metrics:
        scores = next(results for key, results in theirs.items() if key.startswith(name))
        assert ours[name].first == pytest.approx(scores[0].score, abs=0.01)
        assert ours[name].second == pytest.approx(scores[1].score, abs=0.01)
        assert ours[name].p_value == pytest.approx(scores[1].p_value, abs=0.02)
        low, high = ours[name].interval
        assert 0 < low < ours[name].difference < high


def test_equal_systems_do_not_differ():
    (first,) = translation_measurements(_FIRST, [[right] for right in _RIGHT], ["BLEU"])
    comparison = compare_measurements(first, first)
    assert (comparison.difference, comparison.interval, comparison.p_value) == (0.0, (0.0, 0.0), 1.0)


def test_what_cannot_be_scored_is_refused(monkeypatch):
    with pytest.raises(DataError, match="as many predictions as lists of references"):
        translation_measurements(["a"], [])
    with pytest.raises(DataError, match="at least one of each"):
        translation_measurements(["a"], [[]])
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    with pytest.raises(DataError, match=r"need the package sacrebleu, which is missing; run: pip install"):
        translation_measurements(["a"], [["a"]])
