"""An estimator that answers a text with a text."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from chainrule.data.batch import assemble_batch
from chainrule.data.pairs import Pairs
from chainrule.data.sequences import EncodedPairs, Sequences, encode_pairs
from chainrule.data.tokenizers import PAD, choose_tokenizer, tokenizer_from_dict
from chainrule.estimators.network import NetworkEstimator
from chainrule.models import Seq2Seq, Seq2SeqConfig
from chainrule.nn import Module, functional
from chainrule.random import Generator
from chainrule.tasks.seq2seq.search import LengthLimit, Search
from chainrule.training.fine_tuning import fine_tune

__all__ = ["Seq2SeqTransducer"]


class Seq2SeqTransducer(NetworkEstimator):
    """A recurrent encoder-decoder with attention: texts in, texts out.

    Texts that are mostly made of few pieces between spaces, such as phonemes, are cut there; others into characters.

    Parameters
    ----------
    size : int, default 128
        The width of the decoder; the encoder has half of it in each direction.
    beam_width : int, default 1
        How many answers `predict` follows at a time.
    learning_rate : float, default 5e-3
        AdamW's highest rate.
    epochs : int, default 20
        Passes over the data in `fit`.
    batch_size : int, default 64
        Pairs in a step.
    weight_decay : float, default 0
        AdamW's.
    dropout : float, default 0
        The share of activations dropped in training.
    random_state : int, RandomState or None
        Where all random numbers start; a number makes the result reproducible to the bit.

    Attributes
    ----------
    loss_curve_ : list of float
        The mean loss of each epoch.

    Examples
    --------
    >>> words = [a + b for a in "abc" for b in "abc"]
    >>> model = Seq2SeqTransducer(size=32, epochs=2, random_state=0).fit(words, [w[::-1] for w in words])
    >>> len(model.predict(["ab", "cc"]))
    2
    """

    def __init__(
        self,
        size: int = 128,
        *,
        beam_width: int = 1,
        learning_rate: float = 5e-3,
        epochs: int = 20,
        batch_size: int = 64,
        weight_decay: float = 0.0,
        dropout: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.size = size
        self.beam_width = beam_width
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from pairs of texts.

        Parameters
        ----------
        X : sequence of str, length n
            The inputs.
        y : sequence of str, length n
            The answers.

        Returns
        -------
        Seq2SeqTransducer
            This estimator.
        """
        sources, targets = list(X), list(y)
        check_consistent_length(sources, targets)
        self._tokenizers = [choose_tokenizer(texts).fit(texts).to_dict() for texts in (sources, targets)]
        self._begin()
        examples = _PairExamples(
            encode_pairs(Pairs(tuple(sources), tuple((text,) for text in targets)), self._source, self._target)
        )
        self._limit = (int(examples.pairs.sources.lengths.max()), int(examples.pairs.targets.lengths.max()))
        self.loss_curve_ = fine_tune(
            self._model,
            examples,
            self.learning_rate,
            epochs=self.epochs,
            batch_size=self.batch_size,
            loss=_cross_entropy,
            weight_decay=self.weight_decay,
            seed=self._next_seed,
        )
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Answer texts.

        Parameters
        ----------
        X : sequence of str, length n
            The inputs.

        Returns
        -------
        ndarray of str, shape (n,)
            The likeliest answers.
        """
        check_is_fitted(self, "_model")
        search = Search(LengthLimit(*self._limit), self.beam_width)
        found = search.run(self._model, Sequences.encode(list(X), self._source))
        return np.array([self._target.decode(answers[0].tokens) for answers in found], dtype=object)

    def score(self, X: Any, y: Any) -> float:
        """Tell which share of answers is right to the letter.

        Parameters
        ----------
        X : sequence of str, length n
            The inputs.
        y : sequence of str, length n
            The right answers.

        Returns
        -------
        float
            From 0 to 1.
        """
        return float(np.mean(self.predict(X) == np.asarray(list(y), dtype=object)))

    def _make_model(self, generator: Generator) -> Module:
        self._source, self._target = (tokenizer_from_dict(content) for content in self._tokenizers)
        shape = Seq2SeqConfig(
            len(self._source),
            len(self._target),
            embedding_size=max(8, self.size // 2),
            encoder_size=max(1, self.size // 2),
            decoder_size=self.size,
            dropout=self.dropout,
        )
        return Seq2Seq(shape, generator=generator)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        for name in ("_source", "_target"):  # made again with the model
            state.pop(name, None)
        return state


class _PairExamples:
    """Encoded pairs, as `fine_tune` takes them."""

    def __init__(self, pairs: EncodedPairs) -> None:
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs.targets)

    def batch(self, rows: np.ndarray) -> tuple[tuple[Any, ...], Any]:
        batch = assemble_batch(self.pairs, rows)
        return (batch.source, batch.source_lengths, batch.target_in, batch.target_lengths), batch.target_out


def _cross_entropy(logits: Any, targets: np.ndarray) -> Any:
    return functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=PAD)
