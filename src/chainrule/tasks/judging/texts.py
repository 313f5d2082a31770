"""Texts, described by the mean or the last of the places of an encoder or a language model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.data.labelled import LabelledTexts
from chainrule.data.registry import load_labelled
from chainrule.data.sequences import Sequences
from chainrule.errors import DataError
from chainrule.models.heads import pooled
from chainrule.random import Generator
from chainrule.tasks.finetuning.bodies import body_from, rebuilt_body
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.classify import CLASSIFY
from chainrule.tasks.finetuning.scores import apply_to_texts
from chainrule.tasks.judging.labelled import Examples, InputKind, LabelledInputs
from chainrule.tasks.judging.representation import Representation
from chainrule.training.run import RunFolder

__all__ = ["TEXTS", "described_by", "load_texts", "represent", "represent_published"]

_MOST_TERMS = 20_000


def represent(run: RunFolder, generator: Generator | None) -> Representation:
    """Describe texts with a run.

    Parameters
    ----------
    run : RunFolder
        Of a task that leaves a body for texts, or of one that has fine-tuned one.
    generator : Generator, optional
        Draws its weights anew.

    Returns
    -------
    Representation
        Of texts.
    """
    if run.config.task != "classify":
        return represent_published(str(run.path), generator)
    return _by_body(CLASSIFY.load_best(run)[1] if generator is None else CLASSIFY.make_model(run, generator)[1])


def represent_published(base: str, generator: Generator | None) -> Representation:
    """Describe texts with published weights, or with a run that left a body.

    Parameters
    ----------
    base : str
        As for `body_from`.
    generator : Generator, optional
        Draws the weights anew.

    Returns
    -------
    Representation
        Of texts.
    """
    body, weights = body_from(base)
    if generator is None:
        body.model.load_state_dict(weights)
    else:
        body = rebuilt_body(body.description, base, generator)
    return _by_body(body)


def _by_body(body: Body) -> Representation:
    return described_by(body.model.eval(), body.encode_all, body.pooling, body.source)


def described_by(model: Any, encode: Callable[[Iterable[str]], Sequences], pooling: str, source: str) -> Representation:
    """Describe texts with a model.

    Parameters
    ----------
    model : Module
        Has a method ``features(tokens, lengths)`` that returns (N, T, width); in evaluation mode.
    encode : callable
        Encodes texts for it.
    pooling : {"first", "last", "mean"}
        How a text is described by its places.
    source : str
        Where the model came from.

    Returns
    -------
    Representation
        Of texts.
    """

    def features(tokens: np.ndarray, lengths: np.ndarray) -> Tensor:
        return pooled(model.features(tokens, lengths), lengths, pooling)

    return Representation(source, TEXTS, lambda texts: apply_to_texts(features, encode(texts)))


def load_texts(name_or_path: str) -> LabelledInputs:
    """Read texts with a label each.

    Parameters
    ----------
    name_or_path : str
        As for `load_labelled`.

    Returns
    -------
    LabelledInputs
        The texts, as objects (N,).

    Raises
    ------
    DataError
        When they cannot be read, a part or a text is empty, or a label has no text to learn from.
    """
    data = load_labelled(name_or_path)
    train, dev, test = (_examples(data.split(part), f"{data.name}, {part}") for part in ("train", "dev", "test"))
    return LabelledInputs(data.name, data.labels, train, dev, test)


def _examples(texts: LabelledTexts, owner: str) -> Examples:
    for number, text in enumerate(texts.texts, start=1):
        if not text.strip():
            raise DataError(f"{owner}: text {number} is empty; there is nothing to describe")
    return Examples(np.array(texts.texts, dtype=object), np.array(texts.labels))


def _make_tf_idf() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=_MOST_TERMS)


TEXTS = InputKind("texts", load_texts, "TF-IDF", _make_tf_idf)
