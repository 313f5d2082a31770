"""Estimators among scikit-learn's own: checks, pipelines, searches, copies and files."""

import io
import pickle
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn", reason='needs scikit-learn: pip install "chainrule[sklearn]"')

import joblib
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import check_estimator

from chainrule.errors import ConfigError
from chainrule.estimators import ImageClassifier, MLPClassifier, Seq2SeqTransducer, TextClassifier, TextRegressor

DIGITS, NUMBERS = (array[:300] for array in load_digits(return_X_y=True))
TEXTS = [f"{a} {b} film" for a in ("good", "fine", "bad", "poor") for b in ("old", "new", "long", "short")] * 3
RATINGS = np.array([text.split()[0] in ("good", "fine") for text in TEXTS])
STARS = np.array([{"good": 4.0, "fine": 3.0, "bad": 1.0, "poor": 0.0}[text.split()[0]] for text in TEXTS])
WORDS = [a + b + c for a in "abcd" for b in "abcd" for c in "abcd"]


def fitted(kind):
    if kind is ImageClassifier:
        return ImageClassifier(image_shape=(8, 8), epochs=4, random_state=0).fit(DIGITS, NUMBERS), DIGITS[:20]
    if kind is TextClassifier:
        return TextClassifier(layers=1, width=16, heads=2, epochs=8, random_state=0).fit(TEXTS, RATINGS), TEXTS[:10]
    if kind is TextRegressor:
        model = TextRegressor(layers=1, width=16, heads=2, epochs=16, learning_rate=3e-3, random_state=0)
        return model.fit(TEXTS, STARS), TEXTS[:10]
    if kind is Seq2SeqTransducer:
        reversed_words = [word[::-1] for word in WORDS]
        return Seq2SeqTransducer(size=32, epochs=40, batch_size=8, random_state=0).fit(WORDS, reversed_words), WORDS[
            :10
        ]
    return MLPClassifier(epochs=10, random_state=0).fit(DIGITS, NUMBERS), DIGITS[:20]


KINDS = (MLPClassifier, ImageClassifier, TextClassifier, TextRegressor, Seq2SeqTransducer)


@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_finds_nothing_wrong_with_the_one_for_tables():
    found = check_estimator(MLPClassifier(epochs=30), on_fail=None, on_skip=None)
    failed = [f"{check['check_name']}: {check['exception']}" for check in found if check["status"] == "failed"]
    assert not failed
    assert sum(check["status"] == "passed" for check in found) > 40


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns(kind):
    model, _ = fitted(kind)
    X, y = {
        ImageClassifier: (DIGITS, NUMBERS),
        MLPClassifier: (DIGITS, NUMBERS),
        TextClassifier: (TEXTS, RATINGS),
        TextRegressor: (TEXTS, STARS),
        Seq2SeqTransducer: (WORDS, [word[::-1] for word in WORDS]),
    }[kind]
    assert model.score(X, y) > 0.8
    assert model.loss_curve_[-1] < model.loss_curve_[0]


@pytest.mark.parametrize("kind", KINDS)
def test_copies_and_files_predict_the_same_bits_and_hold_no_module(kind):
    model, X = fitted(kind)
    expected = model.predict(X)
    file = io.BytesIO()
    joblib.dump(model, file)
    again = [pickle.loads(pickle.dumps(model)), joblib.load(io.BytesIO(file.getvalue()))]
    for copy in again:
        np.testing.assert_array_equal(copy.predict(X), expected)
        if hasattr(model, "predict_proba"):
            np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
    assert b"chainrule.nn" not in pickle.dumps(model)
    assert b"chainrule.models" not in pickle.dumps(model)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_random_state_gives_the_same_bits(kind):
    one, X = fitted(kind)
    two, _ = fitted(kind)
    assert one.loss_curve_ == two.loss_curve_
    np.testing.assert_array_equal(one.predict(X), two.predict(X))
    assert clone(one).get_params() == one.get_params()


@pytest.mark.parametrize("kind", KINDS)
def test_before_fit_there_is_nothing_to_predict(kind):
    with pytest.raises(NotFittedError):
        kind().predict(DIGITS if kind in (MLPClassifier, ImageClassifier) else ["a"])


def test_searches_and_cross_validation_in_other_processes():
    pipeline = make_pipeline(MinMaxScaler(), ImageClassifier("lenet", image_shape=(8, 8), epochs=6, random_state=0))
    scores = cross_val_score(pipeline, DIGITS, NUMBERS, cv=2, n_jobs=2)
    assert scores.mean() > 0.2  # ten classes, few steps
    search = GridSearchCV(MLPClassifier(epochs=3, random_state=0), {"hidden_layer_sizes": [(4,), (32,)]}, cv=2)
    assert search.fit(DIGITS, NUMBERS).best_params_ == {"hidden_layer_sizes": (32,)}


@pytest.mark.parametrize("kind", [MLPClassifier, ImageClassifier, TextClassifier])
def test_pass_by_pass(kind):
    model = fitted(kind)[0]
    fresh = clone(model)
    X, y = (TEXTS, RATINGS) if kind is TextClassifier else (DIGITS, NUMBERS)
    half = len(X) // 2
    for _ in range(6):
        fresh.partial_fit(X[:half], y[:half], classes=np.unique(y)).partial_fit(X[half:], y[half:])
    assert fresh.score(X, y) > 0.7
    with pytest.raises(ConfigError, match="name all classes in the first call of partial_fit"):
        fresh.partial_fit(X[:1], np.array([99]))


def test_numbers_come_in_the_users_unit():
    model, _ = fitted(TextRegressor)
    far = clone(model).fit(TEXTS, 1e6 + 1e3 * STARS)
    np.testing.assert_allclose(far.predict(TEXTS), 1e6 + 1e3 * model.predict(TEXTS), rtol=1e-7)
    fresh = clone(model)
    for _ in range(16):
        fresh.partial_fit(TEXTS, STARS)
    assert fresh.score(TEXTS, STARS) > 0.8
    assert cross_val_score(model, TEXTS, STARS, cv=2).min() > 0.3
    assert GridSearchCV(model, {"epochs": [1, 16]}, cv=2).fit(TEXTS, STARS).best_params_ == {"epochs": 16}


@pytest.mark.parametrize("kind", [ImageClassifier, TextClassifier])
def test_embeddings_for_other_estimators(kind):
    model, X = fitted(kind)
    found = model.transform(X)
    assert found.shape[0] == len(X)
    assert found.ndim == 2
    labels = model.predict(X)
    assert LogisticRegression(max_iter=1000).fit(found, labels).score(found, labels) > 0.8


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ImageClassifier().fit(DIGITS, NUMBERS), r"give image_shape=\(H, W\) if each row is an image"),
        (lambda: ImageClassifier("vgg").fit(DIGITS, NUMBERS), "network must be one of .*convnet.*, got 'vgg'"),
        (lambda: fitted(ImageClassifier)[0].predict(np.zeros((2, 9, 9))), "was fitted on images of shape"),
        (lambda: TextClassifier().fit(["a", " "], [0, 1]), "number 1 is ' '"),
        (lambda: TextClassifier(symbols="runes").fit(["a", "b"], [0, 1]), "symbols must be one of"),
        (
            lambda: TextRegressor().fit(["a", ""], [0, 1]),
            "TextRegressor expected texts that are not empty, but number 1",
        ),
        (lambda: TextRegressor().fit(["a", "b"], [2, 2]), "all 2 numbers to learn from are 2: give texts with"),
        (lambda: TextRegressor().fit(["a", "b"], [2, np.nan]), "contains NaN"),
        (lambda: MLPClassifier().fit(DIGITS, np.zeros(300)), "expected at least two classes, but got one class"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_without_scikit_learn_the_extra_is_named():
    code = "import sys; sys.modules['sklearn'] = None; import chainrule.estimators"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'run: pip install "chainrule[sklearn]"' in result.stderr.splitlines()[-1]
