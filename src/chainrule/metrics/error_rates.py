"""Symbol and sequence error rates against one or several references."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.errors import DataError
from chainrule.metrics.bootstrap import bootstrap_interval
from chainrule.metrics.distance import closest_reference
from chainrule.metrics.measurement import Measurement

__all__ = ["ErrorRates", "error_measurements", "error_rates"]


@dataclass(frozen=True)
class ErrorRates:
    """How often predictions were wrong. All rates are fractions, not per cent.

    Where the symbols are phonemes and the sequences words, these are the phoneme and the word error rate.

    Parameters
    ----------
    symbol_error_rate : float
        Symbol errors over reference symbols; above 1 is possible.
    sequence_error_rate : float
        The share of sequences that equal none of their references.
    symbol_errors : int
        Insertions, deletions and substitutions against the closest reference of each sequence.
    symbols : int
        The symbols of those references.
    sequence_errors : int
        How many sequences equal none of their references.
    sequences : int
        How many sequences were scored.
    symbol_interval : tuple of float, optional
        The 95 % confidence interval of `symbol_error_rate`.
    sequence_interval : tuple of float, optional
        The 95 % confidence interval of `sequence_error_rate`.
    """

    symbol_error_rate: float
    sequence_error_rate: float
    symbol_errors: int
    symbols: int
    sequence_errors: int
    sequences: int
    symbol_interval: tuple[float, float] | None = None
    sequence_interval: tuple[float, float] | None = None

    @property
    def sequence_accuracy(self) -> float:
        """The share of sequences that equal one of their references."""
        return 1.0 - self.sequence_error_rate


def error_rates(
    predictions: Sequence[Sequence[Hashable]],
    references: Sequence[Sequence[Sequence[Hashable]]],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> ErrorRates:
    """Score predicted sequences.

    A sequence is right when it equals any of its references. Its symbol errors are the edit distance to the
    closest one (the first of those equally close), whose length counts as the symbols it had to get right.

    Parameters
    ----------
    predictions : sequence of sequence of hashable
        For each example the predicted symbols.
    references : sequence of sequence of sequence of hashable
        For each example its references, at least one, each a sequence of symbols.
    resamples : int
        Bootstrap draws for the confidence intervals; with 0 they are left out, which is faster.
    seed : int
        Where the bootstrap's random draws start.

    Returns
    -------
    ErrorRates
        Rates, counts and confidence intervals.

    Raises
    ------
    DataError
        When there is nothing to score, the two differ in number, or an example has no list of references.
    """
    errors, symbols = _count_errors(predictions, references)
    wrong = (errors > 0).astype(np.int64)
    ones = np.ones_like(wrong)
    return ErrorRates(
        symbol_error_rate=float(errors.sum() / max(int(symbols.sum()), 1)),
        sequence_error_rate=float(wrong.mean()),
        symbol_errors=int(errors.sum()),
        symbols=int(symbols.sum()),
        sequence_errors=int(wrong.sum()),
        sequences=len(wrong),
        symbol_interval=bootstrap_interval(errors, symbols, resamples, seed=seed) if resamples else None,
        sequence_interval=bootstrap_interval(wrong, ones, resamples, seed=seed) if resamples else None,
    )


def error_measurements(
    predictions: Sequence[Sequence[Hashable]],
    references: Sequence[Sequence[Sequence[Hashable]]],
    sequence: str,
    symbol: str,
) -> list[Measurement]:
    """Score predicted sequences as `error_rates` does, for comparing two systems.

    Parameters
    ----------
    predictions : sequence of sequence of hashable
        For each example the predicted symbols.
    references : sequence of sequence of sequence of hashable
        For each example its references, at least one, each a sequence of symbols.
    sequence : str
        What a sequence is called, such as ``"word"``.
    symbol : str
        What a symbol is called, such as ``"phoneme"``.

    Returns
    -------
    list of Measurement
        The error rates of sequences and of symbols.

    Raises
    ------
    DataError
        As `error_rates`.
    """
    errors, symbols = _count_errors(predictions, references)
    rates = {f"{sequence} error rate": (errors > 0, np.ones_like(errors)), f"{symbol} error rate": (errors, symbols)}
    return [
        Measurement(name, np.stack(columns, axis=1).astype(np.float64), lower_is_better=True, per_cent=True)
        for name, columns in rates.items()
    ]


def _count_errors(
    predictions: Sequence[Sequence[Hashable]], references: Sequence[Sequence[Sequence[Hashable]]]
) -> tuple[np.ndarray, np.ndarray]:
    """The errors of each example, (n,), and the symbols of its closest reference, (n,)."""
    _check(predictions, references)
    errors = np.zeros(len(predictions), np.int64)
    symbols = np.zeros(len(predictions), np.int64)
    for index, (prediction, right) in enumerate(zip(predictions, references, strict=True)):
        errors[index], closest = closest_reference(prediction, right)
        symbols[index] = len(closest)
    return errors, symbols


def _check(predictions: Sequence[Sequence[Hashable]], references: Sequence[Sequence[Sequence[Hashable]]]) -> None:
    if not len(predictions) or len(predictions) != len(references):
        raise DataError(
            f"error_rates: expected as many predictions as lists of references and at least one, got "
            f"{len(predictions)} and {len(references)}; pass one of each an example"
        )
    for index, right in enumerate(references):
        if isinstance(right, str) or not len(right):
            raise DataError(
                f"error_rates: the references of example {index} must be a list with at least one sequence, got "
                f"{right!r}; put a single reference into a list"
            )
