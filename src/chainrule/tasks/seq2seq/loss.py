"""What a sequence-to-sequence model learns from: the next symbol, given those before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.autodiff import Tensor, no_grad
from chainrule.data.batching import Batch
from chainrule.data.tokenizers import PAD
from chainrule.nn import functional
from chainrule.tasks.seq2seq.settings import Seq2SeqSettings
from chainrule.training.objective import Part

__all__ = ["SequenceLoss", "arrays_of", "mean_loss", "parts_of", "training_loss"]


@dataclass(frozen=True)
class SequenceLoss:
    """Cross-entropy under teacher forcing, averaged over all that is not padding.

    Attributes
    ----------
    label_smoothing : float
        The share of the target's probability that is spread over all symbols.
    scheduled_sampling : float
        The share of the symbols given to the decoder that are its own guesses of a first pass (S. Bengio et al., 2015;
        in parallel as D. Duckworth et al., 2019).
    r_drop : float
        How strongly two passes with different dropout masks must agree (X. Liang et al., R-Drop, 2021): the weight
        alpha of the mean of both Kullback-Leibler divergences, where the loss is the mean of both cross-entropies.
    vocabulary : int, optional
        Of a model that copies: how many symbols its vocabulary has, over which the smoothing spreads. What stands in
        the source beyond them is another one for each source.
    """

    label_smoothing: float = 0.0
    scheduled_sampling: float = 0.0
    r_drop: float = 0.0
    vocabulary: int | None = None

    def __call__(self, model: Any, arrays: dict[str, Any]) -> Tensor:
        """Compute the loss of a batch.

        Parameters
        ----------
        model : Module
            A sequence-to-sequence model.
        arrays : dict of str to Array
            What `arrays_of` returned.

        Returns
        -------
        Tensor, shape ()
            The loss.
        """
        if self.scheduled_sampling:
            arrays = arrays | {"target_in": self._mixed_with_guesses(model, arrays)}
        logits = _logits(model, arrays)  # (N, T, V)
        loss = self._cross_entropy(logits, arrays)
        if not self.r_drop:
            return loss
        again = _logits(model, arrays)
        known = arrays["target_out"] != PAD
        return (loss + self._cross_entropy(again, arrays)) * 0.5 + _disagreement(logits, again, known) * self.r_drop

    def _cross_entropy(self, logits: Tensor, arrays: dict[str, Any]) -> Tensor:
        share = self.label_smoothing
        apart = self.vocabulary is not None and share > 0
        loss = functional.cross_entropy(
            logits.reshape(-1, logits.shape[-1]),
            arrays["target_out"].reshape(-1),
            ignore_index=PAD,
            label_smoothing=0.0 if apart else share,
        )
        if not apart:
            return loss
        return loss * (1.0 - share) + self._surprise_of_all(logits, arrays["target_out"] != PAD) * share

    def _surprise_of_all(self, logits: Tensor, known: Any) -> Tensor:
        """The mean over known places and the symbols of the vocabulary of -log p: what smoothing adds."""
        mean = ops.mean(logits[..., : self.vocabulary], axis=-1)  # (N, T)
        return ops.sum(ops.where(known, ops.logsumexp(logits, axis=-1) - mean, 0.0)) * (1.0 / known.sum())

    def _mixed_with_guesses(self, model: Any, arrays: dict[str, Any]) -> Any:
        """The symbols given to the decoder (N, T), some of them replaced by what it would have said itself."""
        given = arrays["target_in"]
        with no_grad():
            logits = _logits(model, arrays)
        guesses = ops.argmax(logits[:, :-1], axis=-1)  # of the symbols from the second on
        kept = functional.dropout_mask(guesses.shape, self.scheduled_sampling, like=logits) != 0
        mixed = ops.where(kept | (given[:, 1:] == PAD), given[:, 1:], guesses)
        return ops.concatenate([given[:, :1], mixed], axis=1)


def _logits(model: Any, arrays: dict[str, Any]) -> Tensor:
    return model(arrays["source"], arrays["source_lengths"], arrays["target_in"], arrays["target_lengths"])


def _disagreement(logits: Tensor, again: Tensor, known: Any) -> Tensor:
    """The mean over known places of (KL(p | q) + KL(q | p)) / 2, which is half the sum of (p - q) (log p - log q)."""
    log_p, log_q = ops.log_softmax(logits), ops.log_softmax(again)
    symmetric = ops.sum((ops.exp(log_p) - ops.exp(log_q)) * (log_p - log_q), axis=-1)  # (N, T)
    return ops.sum(ops.where(known, symmetric, 0.0)) * (0.5 / known.sum())


def training_loss(settings: Seq2SeqSettings, vocabulary: int) -> SequenceLoss:
    """Make the loss that settings ask for.

    Parameters
    ----------
    settings : Seq2SeqSettings
        Its terms.
    vocabulary : int
        How many symbols answers have, copied ones apart.

    Returns
    -------
    SequenceLoss
        The loss.
    """
    terms = settings.label_smoothing, settings.scheduled_sampling, settings.r_drop
    return SequenceLoss(*terms, vocabulary if settings.copy else None)


def mean_loss(model: Any, batches: Iterable[Batch]) -> float:
    """Score a model under teacher forcing.

    Parameters
    ----------
    model : Module
        A sequence-to-sequence model, in evaluation mode.
    batches : iterable of Batch
        What it is to answer.

    Returns
    -------
    float
        The mean cross-entropy of a symbol, ends included, in nats; its exponential is the perplexity.
    """
    loss, total, count = SequenceLoss(), 0.0, 0
    for batch in batches:
        total += loss(model, arrays_of(batch)).item() * batch.target_tokens
        count += batch.target_tokens
    return total / max(count, 1)


def arrays_of(batch: Batch) -> dict[str, Any]:
    """Return what the loss needs of a batch.

    Parameters
    ----------
    batch : Batch
        The batch.

    Returns
    -------
    dict of str to ndarray
        The symbols and lengths of both sides.
    """
    return {
        "source": batch.source,
        "source_lengths": batch.source_lengths,
        "target_in": batch.target_in,
        "target_out": batch.target_out,
        "target_lengths": batch.target_lengths,
    }


def parts_of(batch: Batch, count: int) -> Iterator[Part]:
    """Cut a batch into parts; each weighs as many symbols as it has to answer.

    Parameters
    ----------
    batch : Batch
        The whole.
    count : int
        How many parts; there are fewer when it has fewer rows.

    Yields
    ------
    Part
        The next rows.
    """
    first = 0
    for part in batch.split(count):
        rows = np.arange(first, first + len(part))
        yield Part(part, rows, part.target_tokens / batch.target_tokens)
        first += len(part)
