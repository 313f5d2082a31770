"""Scores of translations by the package sacrebleu: BLEU, chrF and TER, with signatures that make them comparable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.metrics.measurement import Measurement

__all__ = ["translation_measurements"]


def translation_measurements(
    predictions: Sequence[str], references: Sequence[Sequence[str]], names: Sequence[str] = ("BLEU", "chrF", "TER")
) -> list[Measurement]:
    """Score translations.

    BLEU (K. Papineni et al., 2002) and chrF (M. Popović, 2015) are from 0 to 100, more is better; TER (M. Snover et
    al., 2006) is the edits over the words of the reference, in per cent, fewer are better.

    Parameters
    ----------
    predictions : sequence of str
        The translations.
    references : sequence of sequence of str
        For each its references, at least one.
    names : sequence of str
        Which scores.

    Returns
    -------
    list of Measurement
        One a name, with sacrebleu's signature.

    Raises
    ------
    DataError
        When sacrebleu is missing, there is nothing to score, or the two differ in number.
    """
    if not len(predictions) or len(predictions) != len(references) or not all(map(len, references)):
        raise DataError(
            f"translation_measurements: expected as many predictions as lists of references and at least one of each, "
            f"got {len(predictions)} and {len(references)}"
        )
    try:
        from sacrebleu.metrics import BLEU, CHRF, TER
    except ImportError:
        raise DataError(
            'BLEU, chrF and TER need the package sacrebleu, which is missing; run: pip install "chainrule[text]"'
        ) from None
    makers: dict[str, Any] = {"BLEU": BLEU, "chrF": CHRF, "TER": TER}
    most = max(map(len, references))
    streams = [[right[i] if i < len(right) else None for right in references] for i in range(most)]
    return [_measure(name, makers[name](), predictions, streams) for name in names]


def _measure(name: str, metric: Any, predictions: Sequence[str], streams: list[list[str | None]]) -> Measurement:
    # The score of a set is no mean over its sentences; their statistics are what can be added up and resampled.
    statistics = np.array(metric._extract_corpus_statistics(list(predictions), streams), dtype=np.float64)

    def of_sums(sums: np.ndarray) -> float:
        whole = sums.astype(np.int64).tolist()
        if name == "TER":  # with several references, their mean length counts
            whole = sums.tolist()
        return float(metric._compute_score_from_stats(whole).score)

    return Measurement(name, statistics, of_sums, name == "TER", signature=str(metric.get_signature()))
