"""Training pairs cut in another way in each epoch: BPE-dropout."""

from __future__ import annotations

import numpy as np

from chainrule.data.pairs import Pairs
from chainrule.data.sequences import EncodedPairs, Sequences
from chainrule.data.tokenizers import BPETokenizer, Tokenizer
from chainrule.errors import ConfigError
from chainrule.random import Generator

__all__ = ["Segmentation"]


class Segmentation:
    """Encodes pairs anew for each epoch, each joining of neighbours passed over with some probability.

    Seed, epoch and row alone decide how a row is cut, so a resumed run sees what it would have seen (I. Provilkov et
    al., BPE-dropout, 2020).

    Parameters
    ----------
    pairs : Pairs
        The texts.
    source_tokenizer, target_tokenizer : Tokenizer
        One for each side; at least one is a `BPETokenizer`, and only such are cut differently.
    dropout : float
        The probability of passing over, in (0, 1).
    seed : int
        Where the random draws start.

    Raises
    ------
    ConfigError
        When neither side is cut by byte-pair encoding.
    """

    def __init__(
        self, pairs: Pairs, source_tokenizer: Tokenizer, target_tokenizer: Tokenizer, dropout: float, seed: int
    ) -> None:
        self._tokenizers = (source_tokenizer, target_tokenizer)
        if not any(isinstance(tokenizer, BPETokenizer) for tokenizer in self._tokenizers):
            raise ConfigError(
                "BPE-dropout needs the symbols of a side to be made by byte-pair encoding; choose bpe for one, or no "
                "dropout"
            )
        self._rows = list(pairs.rows())
        self._dropout, self._seed = dropout, seed

    def encode(self, rows: np.ndarray, epoch: int) -> EncodedPairs:
        """Encode some rows as an epoch has them.

        Parameters
        ----------
        rows : ndarray of int64, shape (N,)
            Which rows.
        epoch : int
            The epoch.

        Returns
        -------
        EncodedPairs
            N sources with one target each.
        """
        sources, targets = (
            Sequences.from_lists(self._encode(side, int(row), epoch) for row in rows) for side in range(2)
        )
        return EncodedPairs(sources, targets, np.arange(len(rows) + 1))

    def _encode(self, side: int, row: int, epoch: int) -> list[int]:
        text, tokenizer = self._rows[row][side], self._tokenizers[side]
        if not isinstance(tokenizer, BPETokenizer):
            return tokenizer.encode(text)
        key = np.array([self._seed, epoch], dtype=np.uint64)
        bits = np.random.Philox(key=key, counter=np.array([0, 0, row + 1, side], dtype=np.uint64))
        return tokenizer.encode(text, self._dropout, Generator(int(bits.random_raw())))
