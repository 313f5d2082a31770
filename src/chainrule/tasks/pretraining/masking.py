"""Hiding a part of texts: the symbols that a model is to guess from the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.random import Generator

__all__ = ["UNITS", "choose_units", "mask_tokens", "single_symbols", "spans", "words"]

_LONGEST_SPAN = 10


def single_symbols(tokens: np.ndarray, lengths: np.ndarray, begins: np.ndarray, generator: Generator) -> np.ndarray:
    """Let every symbol be a unit of its own.

    Parameters
    ----------
    tokens : ndarray of int, shape (N, T)
        The symbols.
    lengths : ndarray of int, shape (N,)
        How many each text has.
    begins : ndarray of bool, shape (V,)
        Not looked at.
    generator : Generator
        Draws nothing.

    Returns
    -------
    ndarray of bool, shape (N, T)
        Where units begin.
    """
    return np.ones(tokens.shape, bool)


def words(tokens: np.ndarray, lengths: np.ndarray, begins: np.ndarray, generator: Generator) -> np.ndarray:
    """Let every word be a unit (whole-word masking, as in BERT's second release).

    Parameters
    ----------
    tokens : ndarray of int, shape (N, T)
        The symbols.
    lengths : ndarray of int, shape (N,)
        How many each text has.
    begins : ndarray of bool, shape (V,)
        Which symbols begin a word.
    generator : Generator
        Draws nothing.

    Returns
    -------
    ndarray of bool, shape (N, T)
        Where words begin.
    """
    found = begins[tokens]
    found[:, :1] = True
    return found


def spans(tokens: np.ndarray, lengths: np.ndarray, begins: np.ndarray, generator: Generator) -> np.ndarray:
    """Cut texts into spans of random lengths, 4.5 on average (M. Joshi et al., SpanBERT, 2020).

    Lengths follow the geometric distribution with p = 0.2, cut at 10.

    Parameters
    ----------
    tokens : ndarray of int, shape (N, T)
        The symbols.
    lengths : ndarray of int, shape (N,)
        How many each text has.
    begins : ndarray of bool, shape (V,)
        Not looked at.
    generator : Generator
        Draws the lengths.

    Returns
    -------
    ndarray of bool, shape (N, T)
        Where spans begin.
    """
    count, longest = tokens.shape
    fractions = generator.uniform((count, longest), dtype=np.float64)
    drawn = np.ceil(np.log1p(-fractions) / np.log(0.8)).clip(1, _LONGEST_SPAN).astype(np.int64)
    ends = np.cumsum(drawn, axis=1)
    found = np.zeros((count, longest), bool)
    found[:, :1] = True
    rows, order = np.nonzero(ends < longest)
    found[rows, ends[rows, order]] = True
    return found


#: What is hidden as a whole.
UNITS: dict[str, Callable[[Any, Any, Any, Generator], np.ndarray]] = {
    "symbols": single_symbols,
    "words": words,
    "spans": spans,
}


def choose_units(begins: np.ndarray, lengths: np.ndarray, share: float, generator: Generator) -> np.ndarray:
    """Choose units at random until they make up a share of each text.

    Parameters
    ----------
    begins : ndarray of bool, shape (N, T)
        Where units begin.
    lengths : ndarray of int, shape (N,)
        How many symbols each text has, at least one.
    share : float
        How much of a text to choose; at least one unit of each is chosen.
    generator : Generator
        Draws the order.

    Returns
    -------
    ndarray of bool, shape (N, T)
        True at the symbols of chosen units.
    """
    known = np.arange(begins.shape[1]) < lengths[:, None]  # (N, T)
    unit = np.cumsum(begins[known]) - 1  # of each known symbol, counted through all texts
    row_of_unit = np.nonzero(known & begins)[0]
    sizes = np.bincount(unit)
    order = np.lexsort((generator.uniform((len(sizes),), dtype=np.float64), row_of_unit))
    before = np.cumsum(sizes[order]) - sizes[order]
    first_of_row = np.concatenate([[True], np.diff(row_of_unit) > 0])  # lexsort keeps the rows in order
    before -= np.maximum.accumulate(np.where(first_of_row, before, 0))
    chosen = np.empty(len(sizes), bool)
    chosen[order] = before < share * lengths[row_of_unit]
    found = np.zeros(begins.shape, bool)
    found[known] = chosen[unit]
    return found


def mask_tokens(
    tokens: np.ndarray, chosen: np.ndarray, mask: int, symbols: tuple[int, int], generator: Generator
) -> np.ndarray:
    """Hide chosen symbols as BERT does: 80 % become the mask, 10 % another symbol, 10 % stay.

    Parameters
    ----------
    tokens : ndarray of int, shape (N, T)
        The symbols.
    chosen : ndarray of bool, shape (N, T)
        Which are to be guessed.
    mask : int
        What stands for a hidden symbol.
    symbols : tuple of int
        The first of the symbols that may stand for another, and the one behind the last.
    generator : Generator
        Draws what becomes of each.

    Returns
    -------
    ndarray of int, shape (N, T)
        What the model sees.
    """
    fate = generator.uniform(tokens.shape)
    others = symbols[0] + (generator.uniform(tokens.shape, dtype=np.float64) * (symbols[1] - symbols[0])).astype(int)
    return np.where(chosen & (fate < 0.8), mask, np.where(chosen & (fate >= 0.9), others, tokens))
