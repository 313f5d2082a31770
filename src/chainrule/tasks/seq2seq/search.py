"""Answers of a model for many inputs: batches in, hypotheses out in the order of the inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.data.batching import source_batches
from chainrule.data.sequences import Sequences
from chainrule.data.tokenizers import BOS, EOS, PAD, UNK
from chainrule.decoding import (
    Filter,
    ForbiddenSymbols,
    Hypothesis,
    RepetitionPenalty,
    Temperature,
    TopK,
    TopP,
    beam_search,
    greedy_search,
    sample,
)
from chainrule.errors import ConfigError
from chainrule.random import Generator

__all__ = ["LengthLimit", "Sampling", "Search"]

_MAX_ROWS, _MAX_TOKENS = 256, 16384


@dataclass(frozen=True)
class LengthLimit:
    """How long an answer may become: as long as any in training, and in proportion for longer inputs.

    Attributes
    ----------
    longest_source, longest_target : int
        The longest of the training data, in symbols.
    most : int, optional
        How many symbols the model can take on a side, if it cannot take any number.
    """

    longest_source: int
    longest_target: int
    most: int | None = None

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
        limit = math.ceil(self.longest_target * max(1.0, length / self.longest_source)) + 1
        return limit if self.most is None else min(limit, self.most - 1)  # the beginning takes a place


@dataclass(frozen=True)
class Sampling:
    """What answers are drawn from.

    Attributes
    ----------
    temperature : float
        Below 1 likely symbols become likelier still, above 1 all become more alike.
    top_k : int, optional
        Draw from the likeliest k symbols.
    top_p : float, optional
        Draw from the likeliest symbols that together have this probability.
    repetition_penalty : float
        What the log-probability of a symbol that is already written is multiplied by.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    repetition_penalty: float = 1.0

    def filters(self) -> list[Filter]:
        """Return what changes the scores, in order.

        Returns
        -------
        list of Filter
            As searches take them.

        Raises
        ------
        ConfigError
            When a value is out of range.
        """
        try:
            return [
                RepetitionPenalty(self.repetition_penalty),
                Temperature(self.temperature),
                *([] if self.top_k is None else [TopK(self.top_k)]),
                *([] if self.top_p is None else [TopP(self.top_p)]),
            ]
        except ValueError as error:
            raise ConfigError(str(error)) from None


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

    def run(
        self, model: Any, sources: Sequences, n_best: int = 1, filters: Sequence[Filter] = ()
    ) -> list[list[Hypothesis]]:
        """Find the best answers.

        Parameters
        ----------
        model : Module
            The model, in evaluation mode.
        sources : Sequences
            The inputs; none is empty.
        n_best : int
            How many answers an input is to have.
        filters : sequence of Filter
            What may be written; sentences are numbered as the inputs.

        Returns
        -------
        list of list of Hypothesis
            At least one and at most `n_best` an input, best first.
        """
        width = max(self.width, n_best)

        def look(limits: dict[str, Any], *start: Any) -> list[list[Hypothesis]]:
            if width == 1:
                return [[answer] for answer in greedy_search(*start, **limits)]
            return beam_search(*start, width=width, length_penalty=self.length_penalty, n_best=n_best, **limits)

        return self._for_batches(model, sources, filters, look)

    def sample(
        self, model: Any, sources: Sequences, generator: Generator, sampling: Sampling, samples: int = 1
    ) -> list[list[Hypothesis]]:
        """Draw answers.

        Parameters
        ----------
        model : Module
            The model, in evaluation mode.
        sources : Sequences
            The inputs; none is empty.
        generator : Generator
            Draws them; an input gets the same answer with whatever others it is asked, at the same place among them.
        sampling : Sampling
            What is drawn from.
        samples : int
            How many answers an input is to have.

        Returns
        -------
        list of list of Hypothesis
            So many an input, in the order drawn.
        """
        place = generator.place()

        def look(limits: dict[str, Any], *start: Any) -> list[list[Hypothesis]]:
            with generator.at(place):
                return sample(*start, generator=generator, samples=samples, **limits)

        answers = self._for_batches(model, sources, sampling.filters(), look)
        generator.draw += 1
        return answers

    @no_grad()
    def _for_batches(
        self,
        model: Any,
        sources: Sequences,
        filters: Sequence[Filter],
        look: Callable[..., list[list[Hypothesis]]],
    ) -> list[list[Hypothesis]]:
        """Answer batch after batch; answers stand where their inputs did."""
        answers: list[list[Hypothesis]] = [[] for _ in range(len(sources))]
        longest = np.array([self.limit.for_source(int(length)) for length in sources.lengths])
        for batch in source_batches(sources, max_tokens=_MAX_TOKENS, max_rows=_MAX_ROWS):
            memory, state = model.start_search(batch.source, batch.source_lengths)
            limits = {
                "count": len(batch),
                "begin": BOS,
                "end": EOS,
                "max_length": longest[batch.indices],
                "sentences": batch.indices,
                "filters": [ForbiddenSymbols((PAD, BOS, UNK)), *filters],
            }
            found = look(limits, model.decoder.step, memory, state)
            for index, answer in zip(batch.indices, found, strict=True):
                answers[index] = answer
        return answers
