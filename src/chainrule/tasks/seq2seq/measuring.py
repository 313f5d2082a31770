"""How good a trained model is on some pairs, in the scores that fit its kind of pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.autodiff import no_grad
from chainrule.data.batching import evaluation_batches
from chainrule.data.pairs import Pairs
from chainrule.data.sequences import EncodedPairs
from chainrule.data.tokenizers import Normalization
from chainrule.decoding import Hypothesis
from chainrule.metrics import (
    Measurement,
    error_measurements,
    perplexity,
    translation_measurements,
)
from chainrule.random import Generator
from chainrule.tasks.seq2seq.ensemble import ModelEnsemble
from chainrule.tasks.seq2seq.predictor import Predictor
from chainrule.tasks.seq2seq.scoring import answer_units
from chainrule.tasks.seq2seq.search import Sampling, Search

__all__ = ["likelihoods", "measure", "replies_by_search"]


def measure(predictor: Predictor, pairs: Pairs, task: str) -> list[Measurement]:
    """Score a model.

    Parameters
    ----------
    predictor : Predictor
        The model.
    pairs : Pairs
        Inputs and references.
    task : str
        What kind of pairs these are, as the setting ``task`` has it.

    Returns
    -------
    list of Measurement
        Error rates where answers are right or wrong; BLEU, chrF, TER and perplexity of translations; perplexity of
        dialogues.
    """
    return _MEASURES[task](predictor, pairs)


def _error_rates(predictor: Predictor, pairs: Pairs) -> list[Measurement]:
    tokenizer = predictor.target_tokenizer
    units = answer_units(tokenizer)
    predictions = [units.split(text) for text in _texts(predictor, pairs)]
    references = [[units.split(tokenizer.normalization(text)) for text in texts] for texts in pairs.references]
    return error_measurements(predictions, references, units.sequence, units.symbol)


def _translation(predictor: Predictor, pairs: Pairs) -> list[Measurement]:
    # Normal forms are no mistakes; capital letters that a model does not write are.
    form = Normalization(predictor.target_tokenizer.normalization.form)
    references = [[form(text) for text in texts] for texts in pairs.references]
    return [*translation_measurements(_texts(predictor, pairs), references), *_perplexity(predictor, pairs)]


def _perplexity(predictor: Predictor, pairs: Pairs) -> list[Measurement]:
    if isinstance(predictor.model, ModelEnsemble):
        return []
    return [perplexity(*likelihoods(predictor.model, predictor.codec.encode_pairs(pairs)))]


_MEASURES: Mapping[str, Callable[[Predictor, Pairs], list[Measurement]]] = {
    "transduce": _error_rates,
    "pronounce": _error_rates,
    "translate": _translation,
    "dialogue": _perplexity,
}


def _texts(predictor: Predictor, pairs: Pairs) -> list[str]:
    sources = predictor.codec.encode_sources(pairs.sources)
    return _decoded(predictor, pairs, predictor.search.run(predictor.model, sources))


def _decoded(predictor: Predictor, pairs: Pairs, answers: list[list[Hypothesis]]) -> list[str]:
    return [predictor.codec.text(found[0].tokens, source) for found, source in zip(answers, pairs.sources)]


@no_grad()
def likelihoods(model: Any, examples: EncodedPairs) -> tuple[np.ndarray, np.ndarray]:
    """Find how likely a model finds right answers.

    Parameters
    ----------
    model : Module
        The model, in evaluation mode.
    examples : EncodedPairs
        Sources and references.

    Returns
    -------
    log_probabilities : ndarray of float64, shape (R,)
        Of each reference, its end included.
    symbols : ndarray of int64, shape (R,)
        How many symbols each has, its end included.
    """
    rows = len(examples.targets)
    log_probabilities, symbols = np.zeros(rows), np.zeros(rows, np.int64)
    for batch in evaluation_batches(examples, max_tokens=2048, max_rows=256):
        logits = model(batch.source, batch.source_lengths, batch.target_in, batch.target_lengths)  # (N, T, V)
        log_probs = np.asarray(ops.log_softmax(logits))
        right = np.take_along_axis(log_probs, batch.target_out[:, :, None], axis=-1)[..., 0]  # (N, T)
        within = np.arange(right.shape[1]) < batch.target_lengths[:, None]
        log_probabilities[batch.indices] = np.where(within, right, 0.0).sum(axis=1, dtype=np.float64)
        symbols[batch.indices] = batch.target_lengths
    return log_probabilities, symbols


def replies_by_search(predictor: Predictor, pairs: Pairs, seed: int = 0) -> dict[str, list[str]]:
    """Ask a model in several ways, since whether it gives one answer to everything may depend on that.

    Parameters
    ----------
    predictor : Predictor
        The model.
    pairs : Pairs
        The inputs.
    seed : int
        Where the draws of the sampled replies start.

    Returns
    -------
    dict of str to list of str
        Greedy, beam and sampled replies, and the references, one of each, to compare with.
    """
    sources, search = predictor.codec.encode_sources(pairs.sources), predictor.search
    beam = Search(search.limit, max(search.width, 2), search.length_penalty)
    answers = {
        "greedy": Search(search.limit).run(predictor.model, sources),
        f"beam of {beam.width}": beam.run(predictor.model, sources),
        "sampled": search.sample(predictor.model, sources, Generator(seed), Sampling()),
    }
    form = predictor.target_tokenizer.normalization
    found = {name: _decoded(predictor, pairs, hypotheses) for name, hypotheses in answers.items()}
    return found | {"references": [form(texts[0]) for texts in pairs.references]}
