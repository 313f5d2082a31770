"""What estimators that answer for texts have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from chainrule.autodiff import no_grad
from chainrule.data.sequences import Sequences
from chainrule.data.tokenizers import TOKENIZERS
from chainrule.errors import ConfigError
from chainrule.estimators.network import NetworkEstimator
from chainrule.models.heads import WithHead, pooled
from chainrule.nn import Module
from chainrule.random import Generator
from chainrule.tasks.finetuning.bodies import Body, body_from, rebuilt_body
from chainrule.tasks.pretraining.masked import MaskedSettings

__all__ = ["TextEstimator"]

_AT_ONCE = 64


class TextEstimator(TransformerMixin, NetworkEstimator):
    """A Transformer encoder for texts with a head; what the head answers, a subclass says.

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
    """

    def __init__(
        self,
        pretrained: Any = None,
        *,
        freeze: bool = False,
        layers: int = 2,
        width: int = 64,
        heads: int = 4,
        context: int = 128,
        symbols: str = "words",
        vocabulary_size: int = 5000,
        dropout: float = 0.1,
        learning_rate: float = 1e-3,
        epochs: int = 5,
        batch_size: int = 32,
        weight_decay: float = 1e-2,
        random_state: Any = None,
    ) -> None:
        self.pretrained = pretrained
        self.freeze = freeze
        self.layers = layers
        self.width = width
        self.heads = heads
        self.context = context
        self.symbols = symbols
        self.vocabulary_size = vocabulary_size
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.random_state = random_state

    @no_grad()
    def transform(self, X: Any) -> np.ndarray:
        """Describe texts by what their answers are told by.

        Parameters
        ----------
        X : sequence of str, length n
            The texts.

        Returns
        -------
        ndarray of float32, shape (n, width)
            A row a text.
        """
        check_is_fitted(self, "_model")
        tokens, lengths = self._arguments(X)
        body, pooling, found = self._model.body, self._model.head.pooling, []
        for start in range(0, len(tokens), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            found.append(pooled(body.features(tokens[rows], lengths[rows]), lengths[rows], pooling).numpy())
        return np.concatenate(found)

    def _make_head(self, body: Body, generator: Generator) -> Module:
        raise NotImplementedError(f"{type(self).__name__} must define _make_head(body, generator)")

    def _begin_texts(self, X: Any, y: Any) -> None:
        """Make a new network, with what it begins with."""
        texts = self._texts(X)
        check_consistent_length(texts, y)
        weights = None
        if self.pretrained is None:
            self._description = self._describe(texts)
        else:
            body, weights = body_from(str(self.pretrained))
            self._description = body.description
        self._begin()
        if weights is not None:
            self._model.body.load_state_dict(weights, strict=False)
        if self.freeze:
            self._model.body.requires_grad_(False)

    def _describe(self, texts: Sequence[str]) -> dict[str, Any]:
        """A new model and its vocabulary, in the words in which a run describes them."""
        if self.symbols not in TOKENIZERS:
            raise ConfigError(
                f"{type(self).__name__}: symbols must be one of {', '.join(TOKENIZERS)}, got {self.symbols!r}"
            )
        settings = MaskedSettings.from_mapping(
            {
                "layers": self.layers,
                "width": self.width,
                "heads": self.heads,
                "context": self.context,
                "dropout": float(self.dropout),
            },
            type(self).__name__,
        )
        tokenizer = TOKENIZERS[self.symbols].fit(texts, size=self.vocabulary_size)
        return {"source": "", "task": "masked", "settings": settings.to_mapping(), "tokenizer": tokenizer.to_dict()}

    def _make_model(self, generator: Generator) -> Module:
        body = rebuilt_body(self._description, type(self).__name__, generator)
        self._encode, self._longest = body.encode, body.context
        return WithHead(body.model, self._make_head(body, generator))

    def _arguments(self, X: Any) -> tuple[np.ndarray, ...]:
        texts = Sequences.from_lists(self._encode(text)[: self._longest] for text in self._texts(X))
        return texts.padded(np.arange(len(texts))), texts.lengths

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("_encode", None)  # made again with the model
        return state

    def _texts(self, X: Any) -> list[str]:
        texts = np.asarray(X, dtype=object).ravel().tolist()
        name = type(self).__name__
        for number, text in enumerate(texts):
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"{name} expected texts that are not empty, but number {number} is {text!r}")
        if not texts:
            raise ValueError(f"{name} got no text; give it at least one")
        return texts
