"""English words to phonemes with published weights."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import numpy as np

from chainrule.decoding import greedy_search
from chainrule.errors import WeightsError
from chainrule.interop.model import load_model
from chainrule.models.plain_seq2seq import PlainSeq2Seq

__all__ = ["Pronouncer"]

_LETTERS = ("<pad>", "<unk>", "</s>", *"abcdefghijklmnopqrstuvwxyz")
_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()
_STRESSED = [vowel + stress for vowel in _VOWELS for stress in "012"]
# By the alphabet; training data had a UW without stress.
_PHONEMES = ("<pad>", "<unk>", "<s>", "</s>", *sorted([*_STRESSED, *_CONSONANTS, "UW"]))
_UNKNOWN, _LAST, _BEGIN, _END = 1, 2, 2, 3
_LONGEST = 20  # phonemes, as the package has it


class Pronouncer:
    """Says English words in the phonemes of the CMU Pronouncing Dictionary, with stress, as the package ``g2p_en``.

    Parameters
    ----------
    model : PlainSeq2Seq
        From letters to phonemes.

    Raises
    ------
    WeightsError
        If the model has other numbers of symbols.
    """

    def __init__(self, model: PlainSeq2Seq):
        sizes = model.config.source_vocabulary, model.config.target_vocabulary
        if sizes != (len(_LETTERS), len(_PHONEMES)):
            raise WeightsError(
                f"Pronouncer expected a model from {len(_LETTERS)} letters to {len(_PHONEMES)} phonemes, not {sizes}"
            )
        self.model = model

    @classmethod
    def load(cls, path_or_name: str | PathLike[str] = "g2p-en") -> Pronouncer:
        """Load the published weights.

        Parameters
        ----------
        path_or_name : str or path-like, default "g2p-en"
            As for `chainrule.interop.load`.

        Returns
        -------
        Pronouncer
            Ready to speak.

        Raises
        ------
        WeightsError
            If they cannot be had, or are others.
        """
        model, _, weights = load_model(path_or_name)
        if not isinstance(model, PlainSeq2Seq):
            raise WeightsError(f"{weights.source} is a {type(model).__name__}, which pronounces nothing")
        return cls(model)

    def pronounce(self, words: Sequence[str]) -> list[list[str]]:
        """Say words.

        Parameters
        ----------
        words : sequence of str
            Each is read in small letters; what is no letter from a to z counts as unknown.

        Returns
        -------
        list of list of str
            The phonemes of each, such as ``["HH", "AH0", "L", "OW1"]``.
        """
        if not words:
            return []
        numbers = {letter: number for number, letter in enumerate(_LETTERS) if len(letter) == 1}
        rows = [[numbers.get(letter, _UNKNOWN) for letter in word.lower()] + [_LAST] for word in words]
        lengths = np.array([len(row) for row in rows])
        source = np.zeros((len(rows), lengths.max()), np.int64)
        for line, row in zip(source, rows):
            line[: len(row)] = row
        memory, state = self.model.start_search(source, lengths)
        found = greedy_search(
            self.model.step, memory, state, count=len(rows), begin=_BEGIN, end=_END, max_length=_LONGEST
        )
        return [[_PHONEMES[number] for number in answer.tokens] for answer in found]
