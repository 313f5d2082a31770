"""Probes: how well simple classifiers do on what a model makes of inputs (G. Alain and Y. Bengio, 2016).

The model itself learns nothing more. What a probe reaches is therefore due to the description, and a description that
needs no learning, or the same model with random weights, says how much of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from chainrule.data.sampling import stratified_rows
from chainrule.errors import ConfigError
from chainrule.metrics import Measurement
from chainrule.random import Generator
from chainrule.tasks.judging.curves import LearningCurves
from chainrule.tasks.judging.labelled import Examples, LabelledInputs
from chainrule.tasks.judging.representation import Representation

__all__ = ["LINEAR", "PLAIN", "Probe", "check_scikit_learn", "probe_curves", "probes_of"]

LINEAR, PLAIN = "linear probe", "{} and logistic regression"

_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)  # the inverse of the penalty's weight, as scikit-learn's C
_TEMPERATURE = 0.07


class Classifier(Protocol):
    """What is fitted to labelled inputs."""

    def predict(self, inputs: Any) -> np.ndarray:
        """Label inputs.

        Parameters
        ----------
        inputs : ndarray, shape (N, ...)
            The inputs.

        Returns
        -------
        ndarray of int, shape (N,)
            Their labels.
        """
        ...


@dataclass(frozen=True)
class Probe:
    """A way to learn labels from a description of inputs.

    Attributes
    ----------
    name : str
        What it is called.
    data : LabelledInputs
        What it sees.
    fit : callable
        From examples to learn from, and others to choose its strength by, to a `Classifier`.
    """

    name: str
    data: LabelledInputs
    fit: Callable[[Examples, Examples], Classifier]

    def right(self, examples: int | None = None, seed: int = 0) -> np.ndarray:
        """Learn, and label the part for testing.

        Parameters
        ----------
        examples : int, optional
            Learn from so few, each label in its share; from all by default.
        seed : int
            Draws them; equal seeds draw equal ones for all probes.

        Returns
        -------
        ndarray of bool, shape (N,)
            Which labels of the part for testing were right.

        Raises
        ------
        DataError
            When there are more labels than examples.
        """
        train, test = self.data.train, self.data.test
        if examples is not None and examples < len(train.labels):
            train = train.take(stratified_rows(train.labels, examples, Generator(seed)))
        return self.fit(train, self.data.dev).predict(test.inputs) == test.labels

    def measured(self) -> Measurement:
        """Learn from all, and score the part for testing.

        Returns
        -------
        Measurement
            The accuracy.
        """
        right = self.right()
        return Measurement("accuracy", np.stack([right, np.ones_like(right)], axis=1).astype(float), per_cent=True)


def probe_curves(probes: Iterable[Probe], amounts: Sequence[int], seeds: int) -> LearningCurves:
    """Let probes learn from few labels and from many.

    Parameters
    ----------
    probes : iterable of Probe
        The probes.
    amounts : sequence of int
        Numbers of examples.
    seeds : int
        How often they are drawn; once where all are taken.

    Returns
    -------
    LearningCurves
        The accuracy of each probe.
    """
    arms = {}
    for probe in probes:
        total = len(probe.data.train.labels)
        arms[probe.name] = {
            count: {seed: float(probe.right(count, seed).mean()) for seed in range(seeds if count < total else 1)}
            for count in amounts
        }
    return LearningCurves("accuracy", True, False, arms)


def probes_of(
    learned: Representation, anew: Representation, data: LabelledInputs, neighbours: int = 20
) -> Iterator[Probe]:
    """Make the probes of a representation, and what to hold them against.

    Parameters
    ----------
    learned : Representation
        What is judged.
    anew : Representation
        The same model with random weights.
    data : LabelledInputs
        Inputs of its kind.
    neighbours : int
        How many neighbours answer for a place.

    Yields
    ------
    Probe
        On what was learned, linear and by neighbours; linear on random weights; on the description that needs no
        learning; and always naming the commonest label.
    """
    described = data.described(learned.describe)
    yield Probe(LINEAR, described, _linear(_standardised))
    yield Probe(f"{neighbours} nearest neighbours", described, _nearest(neighbours))
    yield Probe(f"{LINEAR}, random weights", data.described(anew.describe), _linear(_standardised))
    yield Probe(PLAIN.format(learned.kind.plain), data, _linear(learned.kind.make_plain))
    yield Probe(
        "the commonest label alone", data, lambda train, dev: _Commonest(int(np.bincount(train.labels).argmax()))
    )


def check_scikit_learn() -> None:
    """Make sure that probes can be fitted, before anything is described.

    Raises
    ------
    ConfigError
        When scikit-learn is not installed.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise ConfigError('probes need scikit-learn: pip install "chainrule[sklearn]"') from None


@dataclass(frozen=True)
class _Commonest:
    label: int

    def predict(self, inputs: Any) -> np.ndarray:
        return np.full(len(inputs), self.label)


@dataclass(frozen=True)
class _After:
    """A classifier behind a transformation."""

    transformer: Any
    classifier: Any

    def predict(self, inputs: Any) -> np.ndarray:
        return self.classifier.predict(self.transformer.transform(inputs))


def _standardised() -> Any:
    from sklearn.preprocessing import StandardScaler

    return StandardScaler()


def _linear(make_transformer: Callable[[], Any]) -> Callable[[Examples, Examples], Classifier]:
    """Logistic regression whose penalty the development part chooses; the stronger one where both are as good."""

    def fit(train: Examples, dev: Examples) -> Classifier:
        transformer = make_transformer()
        inputs, others = transformer.fit_transform(train.inputs), transformer.transform(dev.inputs)
        fitted = [_logistic(inputs, train.labels, strength) for strength in _STRENGTHS]
        scores = [classifier.score(others, dev.labels) for classifier in fitted]
        return _After(transformer, fitted[int(np.argmax(scores))])

    return fit


def _logistic(inputs: Any, labels: np.ndarray, strength: float) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # where it ends early, another strength is chosen
        return LogisticRegression(C=strength, max_iter=500, tol=1e-3).fit(inputs, labels)


def _nearest(neighbours: int) -> Callable[[Examples, Examples], Classifier]:
    """Neighbours by cosine, weighted by exp(cosine / 0.07) (Z. Wu et al., instance discrimination, 2018)."""

    def fit(train: Examples, dev: Examples) -> Classifier:
        from sklearn.neighbors import KNeighborsClassifier

        count = min(neighbours, len(train.labels))
        return KNeighborsClassifier(count, weights=_weights, metric="cosine").fit(train.inputs, train.labels)

    return fit


def _weights(distances: np.ndarray) -> np.ndarray:
    return np.exp((1 - distances) / _TEMPERATURE)
