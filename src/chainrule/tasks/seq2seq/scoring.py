"""Scoring answers against references, on the development set while training and on any split afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.data.batching import evaluation_batches
from chainrule.data.codec import Codec
from chainrule.data.pairs import Pairs
from chainrule.data.tokenizers import CharacterTokenizer, SymbolTokenizer, Tokenizer
from chainrule.metrics import ErrorRates, error_rates
from chainrule.models import Seq2Seq
from chainrule.tasks.seq2seq.loss import mean_loss
from chainrule.tasks.seq2seq.search import Search

__all__ = ["Units", "answer_units", "development_loss", "development_score", "score_pairs"]


@dataclass(frozen=True)
class Units:
    """What answers consist of, for counting errors.

    Attributes
    ----------
    sequence, symbol : str
        What an answer and its symbols are called.
    split : callable
        Cuts an answer into its symbols.
    """

    sequence: str
    symbol: str
    split: Callable[[str], list[str]]


def answer_units(target_tokenizer: Tokenizer) -> Units:
    """Say what the errors of answers are counted in.

    Parameters
    ----------
    target_tokenizer : Tokenizer
        Of the answers.

    Returns
    -------
    Units
        Words and characters or phonemes; sentences and words where the symbols are words or parts of them.
    """
    if isinstance(target_tokenizer, CharacterTokenizer):
        return Units("word", "character", list)
    if isinstance(target_tokenizer, SymbolTokenizer):
        return Units("word", "phoneme", str.split)
    return Units("sentence", "word", str.split)


def score_pairs(
    model: Seq2Seq,
    pairs: Pairs,
    codec: Codec,
    search: Search,
    *,
    resamples: int = 1000,
) -> ErrorRates:
    """Score a model's best answers.

    Parameters
    ----------
    model : Seq2Seq
        The model, in evaluation mode.
    pairs : Pairs
        Inputs and references.
    codec : Codec
        Text to numbers and back.
    search : Search
        How to look for answers.
    resamples : int
        For the confidence intervals; 0 leaves them out.

    Returns
    -------
    ErrorRates
        Rates and counts.
    """
    answers = search.run(model, codec.encode_sources(pairs.sources))
    split, form = answer_units(codec.target).split, codec.target.normalization
    predictions = [split(codec.text(found[0].tokens, text)) for found, text in zip(answers, pairs.sources)]
    references = [[split(form(text)) for text in texts] for texts in pairs.references]
    return error_rates(predictions, references, resamples=resamples)


def development_loss(pairs: Pairs, size: int, codec: Codec) -> Callable[[Any], Mapping[str, float]]:
    """Make the score by which training chooses the best model where many answers are right.

    Parameters
    ----------
    pairs : Pairs
        The development set.
    size : int
        How many of its inputs to use, evenly spread.
    codec : Codec
        Text to numbers and back.

    Returns
    -------
    callable
        From a model to the mean cross-entropy of a symbol, in nats.
    """
    examples = codec.encode_pairs(_spread(pairs, size))

    @no_grad()
    def score(model: Any) -> Mapping[str, float]:
        return {"dev_loss": mean_loss(model, evaluation_batches(examples, max_tokens=8192, max_rows=256))}

    return score


def development_score(
    pairs: Pairs, size: int, codec: Codec, search: Search
) -> Callable[[Seq2Seq], Mapping[str, float]]:
    """Make the score by which training chooses the best model.

    Parameters
    ----------
    pairs : Pairs
        The development set.
    size : int
        How many of its inputs to use, evenly spread.
    codec : Codec
        Text to numbers and back.
    search : Search
        How to look for answers.

    Returns
    -------
    callable
        From a model to the error rates of answers and of their symbols.
    """
    part = _spread(pairs, size)
    units = answer_units(codec.target)
    names = [f"dev_{unit}_error_rate" for unit in (units.sequence, units.symbol)]

    def score(model: Seq2Seq) -> Mapping[str, float]:
        rates = score_pairs(model, part, codec, search, resamples=0)
        return dict(zip(names, (rates.sequence_error_rate, rates.symbol_error_rate)))

    return score


def _spread(pairs: Pairs, size: int) -> Pairs:
    """At most so many sources with their references, evenly spread."""
    chosen = np.linspace(0, len(pairs) - 1, min(size, len(pairs))).astype(int)
    return Pairs(tuple(pairs.sources[i] for i in chosen), tuple(pairs.references[i] for i in chosen))
