"""A classifier of texts, and a regressor: texts in, numbers out."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array, column_or_1d

from chainrule.estimators.network import NetworkClassifier
from chainrule.estimators.text_network import TextEstimator
from chainrule.models.heads import ClassificationHead, RegressionHead
from chainrule.nn import Module, functional
from chainrule.random import Generator
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.scale import Scale

__all__ = ["TextClassifier", "TextRegressor"]


class TextClassifier(TextEstimator, NetworkClassifier):
    """A Transformer encoder for texts, from random weights or from pre-trained ones.

    Parameters
    ----------
    pretrained : str or path-like, optional
        A run of ``chainrule pretrain masked`` or ``causal``, or published weights, to begin with; the settings of the
        model below are then not looked at.
    freeze : bool, default False
        Whether only the new head learns.
    layers, width, heads : int, default 2, 64, 4
        The shape of a model that begins with random weights.
    context : int, default 128
        The most symbols of a text that it sees.
    symbols : str, default "words"
        How texts are cut: ``"characters"``, ``"words"``, ``"bpe"``, ``"unigram"`` or ``"symbols"``.
    vocabulary_size : int, default 5000
        The most symbols to know.
    dropout : float, default 0.1
        The share of activations dropped in training.
    learning_rate : float, default 1e-3
        AdamW's highest rate.
    epochs : int, default 5
        Passes over the data in `fit`.
    batch_size : int, default 32
        Texts in a step.
    weight_decay : float, default 1e-2
        AdamW's.
    random_state : int, RandomState or None
        Where all random numbers start; a number makes the result reproducible to the bit.

    Attributes
    ----------
    classes_ : ndarray
        The classes, sorted.
    loss_curve_ : list of float
        The mean loss of each epoch.

    Examples
    --------
    >>> X, y = ["good", "very good", "bad", "very bad"] * 8, ["+", "+", "-", "-"] * 8
    >>> TextClassifier(layers=1, width=16, epochs=20, random_state=0).fit(X, y).predict(["good", "bad"]).tolist()
    ['+', '-']
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from texts with a class each.

        Parameters
        ----------
        X : sequence of str, length n
            The texts.
        y : array-like, shape (n,)
            Their classes.

        Returns
        -------
        TextClassifier
            This estimator.
        """
        self._begin_classes(y)
        self._begin_texts(X, y)
        self._learn(self._examples(X, self._numbers(y)), self.epochs)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Go once through some texts; the first call fixes the classes and the vocabulary.

        Parameters
        ----------
        X : sequence of str, length n
            The texts.
        y : array-like, shape (n,)
            Their classes.
        classes : array-like, optional
            All classes; those of `y` by default. Looked at in the first call.

        Returns
        -------
        TextClassifier
            This estimator.
        """
        if not hasattr(self, "_model"):
            self._begin_classes(y, classes)
            self._begin_texts(X, y)
        self._learn(self._examples(X, self._numbers(y)), 1, decay=False)
        return self

    def _make_head(self, body: Body, generator: Generator) -> Module:
        return ClassificationHead(body.width, len(self.classes_), body.pooling, self.dropout, generator=generator)


class TextRegressor(RegressorMixin, TextEstimator):
    """A Transformer encoder that answers texts with numbers, from random weights or from pre-trained ones.

    Numbers are standardised by their mean and deviation in the training data; answers come in their own unit.

    Parameters
    ----------
    pretrained : str or path-like, optional
        A run of ``chainrule pretrain masked`` or ``causal``, or published weights, to begin with; the settings of the
        model below are then not looked at.
    freeze : bool, default False
        Whether only the new head learns.
    layers, width, heads : int, default 2, 64, 4
        The shape of a model that begins with random weights.
    context : int, default 128
        The most symbols of a text that it sees.
    symbols : str, default "words"
        How texts are cut: ``"characters"``, ``"words"``, ``"bpe"``, ``"unigram"`` or ``"symbols"``.
    vocabulary_size : int, default 5000
        The most symbols to know.
    dropout : float, default 0.1
        The share of activations dropped in training.
    learning_rate : float, default 1e-3
        AdamW's highest rate.
    epochs : int, default 5
        Passes over the data in `fit`.
    batch_size : int, default 32
        Texts in a step.
    weight_decay : float, default 1e-2
        AdamW's.
    random_state : int, RandomState or None
        Where all random numbers start; a number makes the result reproducible to the bit.

    Attributes
    ----------
    scale_ : Scale
        The mean and the deviation of the numbers learned from.
    loss_curve_ : list of float
        The mean loss of each epoch.

    Examples
    --------
    >>> X, y = ["good", "very good", "bad", "very bad"] * 8, [1.0, 2.0, -1.0, -2.0] * 8
    >>> model = TextRegressor(layers=1, width=16, epochs=60, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.8
    True
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from texts with a number each.

        Parameters
        ----------
        X : sequence of str, length n
            The texts.
        y : array-like of float, shape (n,)
            Their numbers.

        Returns
        -------
        TextRegressor
            This estimator.
        """
        y = _numbers(y)
        self.scale_ = Scale.of(y)
        self._begin_texts(X, y)
        self._learn(self._examples(X, self.scale_.standardised(y)), self.epochs)
        return self

    def partial_fit(self, X: Any, y: Any) -> Self:
        """Go once through some texts; the first call fixes the vocabulary and the scale of the numbers.

        Parameters
        ----------
        X : sequence of str, length n
            The texts.
        y : array-like of float, shape (n,)
            Their numbers.

        Returns
        -------
        TextRegressor
            This estimator.
        """
        y = _numbers(y)
        if not hasattr(self, "_model"):
            self.scale_ = Scale.of(y)
            self._begin_texts(X, y)
        self._learn(self._examples(X, self.scale_.standardised(y)), 1, decay=False)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Estimate numbers.

        Parameters
        ----------
        X : sequence of str, length n
            The texts.

        Returns
        -------
        ndarray of float64, shape (n,)
            One a text, in the unit of the numbers learned from.
        """
        estimates = self._outputs(X)
        return self.scale_.restored(estimates)

    def _loss(self, outputs: Any, targets: Any) -> Any:
        return functional.mse_loss(outputs, targets)

    def _make_head(self, body: Body, generator: Generator) -> Module:
        return RegressionHead(body.width, body.pooling, self.dropout, generator=generator)


def _numbers(y: Any) -> np.ndarray:
    return check_array(column_or_1d(y), ensure_2d=False, dtype=np.float64)
