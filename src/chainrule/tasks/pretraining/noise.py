"""Spoiling texts: what a denoising model is to put right (M. Lewis et al., BART, 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from chainrule.data.tokenizers import PAD, UNK
from chainrule.random import Generator
from chainrule.tasks.pretraining.masking import choose_units

__all__ = ["NOISES", "Spoiling", "spoil"]


class Spoiling(NamedTuple):
    """What becomes of the symbols of a chosen unit.

    Parameters
    ----------
    hides : bool
        Whether a symbol says that something stood there.
    shortens : bool
        Whether it is one symbol for the whole unit, or none; else one for each of its symbols.
    """

    hides: bool
    shortens: bool


#: The kinds of noise: masking symbols, deleting them, or a single symbol for a span of any length (text infilling).
NOISES: Mapping[str, Spoiling] = {
    "mask": Spoiling(hides=True, shortens=False),
    "delete": Spoiling(hides=False, shortens=True),
    "infill": Spoiling(hides=True, shortens=True),
}


def spoil(
    tokens: np.ndarray,
    lengths: np.ndarray,
    begins: np.ndarray,
    share: float,
    noise: Spoiling,
    generator: Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Hide or delete a part of each text. The unknown symbol stands for what is hidden.

    Parameters
    ----------
    tokens : ndarray of int, shape (N, T)
        The symbols, padded with `PAD`.
    lengths : ndarray of int, shape (N,)
        How many each text has, at least one.
    begins : ndarray of bool, shape (N, T)
        Where units begin that are hidden as a whole.
    share : float
        How much of each text.
    noise : Spoiling
        What becomes of it.
    generator : Generator
        Draws which units.

    Returns
    -------
    tokens : ndarray of int, shape (N, S)
        The spoiled texts, padded; none is empty.
    lengths : ndarray of int, shape (N,)
        How many symbols each has.
    """
    known = np.arange(tokens.shape[1]) < lengths[:, None]  # (N, T)
    chosen = choose_units(begins, lengths, share, generator)
    kept = known & ~chosen
    if noise.hides:
        kept |= chosen & begins if noise.shortens else chosen
    kept[:, 0] |= ~kept.any(axis=1)
    values = np.where(chosen, UNK, tokens) if noise.hides else tokens
    left = kept.sum(axis=1)
    spoiled = np.full((len(tokens), int(left.max())), PAD, tokens.dtype)
    rows, places = np.nonzero(kept)
    spoiled[rows, (np.cumsum(kept, axis=1) - 1)[rows, places]] = values[rows, places]
    return spoiled, left
