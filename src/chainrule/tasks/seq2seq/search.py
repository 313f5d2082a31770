"""Answers of a model for many inputs: batches in, hypotheses out in the order of the inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.data.batching import SourceBatch, source_batches
from chainrule.data.sequences import Sequences
from chainrule.data.tokenizers import BOS, EOS, PAD, UNK
from chainrule.decoding import ForbiddenSymbols, Hypothesis, beam_search, greedy_search
from chainrule.models import Seq2Seq

__all__ = ["LengthLimit", "Search"]

_MAX_ROWS, _MAX_TOKENS = 256, 16384


@dataclass(frozen=True)
class LengthLimit:
    """How long an answer may become: as long as any in training, and in proportion for longer inputs.

    Attributes
    ----------
    longest_source, longest_target : int
        The longest of the training data, in symbols.
    """

    longest_source: int
    longest_target: int

    def for_source(self, length: int) -> int:
        """Return the limit for one input.

        Parameters
        ----------
        length : int
            Its number of symbols.

        Returns
        -------
        int
            The most symbols its answer may have.
        """
        return math.ceil(self.longest_target * max(1.0, length / self.longest_source)) + 1


@dataclass(frozen=True)
class Search:
    """How to look for answers.

    Attributes
    ----------
    limit : LengthLimit
        How long they may become.
    width : int
        How many hypotheses are followed; 1 is greedy search.
    length_penalty : float
        The exponent by which longer answers are preferred; beam search only.
    """

    limit: LengthLimit
    width: int = 1
    length_penalty: float = 0.0

    @no_grad()
    def run(self, model: Seq2Seq, sources: Sequences, n_best: int = 1) -> list[list[Hypothesis]]:
        """Find the best answers.

        Parameters
        ----------
        model : Seq2Seq
            The model, in evaluation mode.
        sources : Sequences
            The inputs; none is empty.
        n_best : int
            How many answers an input is to have.

        Returns
        -------
        list of list of Hypothesis
            At least one and at most `n_best` an input, best first.
        """
        answers: list[list[Hypothesis]] = [[] for _ in range(len(sources))]
        limits = np.array([self.limit.for_source(int(length)) for length in sources.lengths])
        for batch in source_batches(sources, max_tokens=_MAX_TOKENS, max_rows=_MAX_ROWS):
            found = self._search(model, batch, limits[batch.indices], n_best)
            for index, answer in zip(batch.indices, found, strict=True):
                answers[index] = answer
        return answers

    def _search(self, model: Seq2Seq, batch: SourceBatch, limits: np.ndarray, n_best: int) -> list[list[Hypothesis]]:
        memory, state = model.start_search(batch.source, batch.source_lengths)
        shared: dict[str, Any] = {
            "count": len(batch),
            "begin": BOS,
            "end": EOS,
            "max_length": limits,
            "filters": [ForbiddenSymbols((PAD, BOS, UNK))],
        }
        step, width = model.decoder.step, max(self.width, n_best)
        if width == 1:
            return [[answer] for answer in greedy_search(step, memory, state, **shared)]
        return beam_search(
            step, memory, state, width=width, length_penalty=self.length_penalty, n_best=n_best, **shared
        )
