"""Writing with a causal language model, symbol by symbol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.decoding import sample
from chainrule.decoding.filters import Filter, ForbiddenSymbols, Written
from chainrule.models import LanguageModel
from chainrule.random import Generator
from chainrule.tasks.pretraining.marks import Marks

__all__ = ["generate"]

_UNFINISHED = "\ufffd"  # what bytes are decoded to that make no letter yet


def generate(
    model: LanguageModel,
    marks: Marks,
    prompt: str = "",
    *,
    symbols: int,
    generator: Generator,
    filters: Sequence[Filter] = (),
    emit: Callable[[str], Any] = lambda text: None,
) -> str:
    """Go on with a text until it ends or is long enough.

    Keys and values of what was read are kept from step to step. Where a text outgrows the model's context, its second
    half is read again and the rest forgotten.

    Parameters
    ----------
    model : LanguageModel
        The model, in evaluation mode.
    marks : Marks
        Its symbols.
    prompt : str
        How the text begins; symbols that the model does not know are read as unknown ones.
    symbols : int
        The most symbols to write.
    generator : Generator
        Draws them.
    filters : sequence of Filter
        What may be written and how likely it is made, such as `Temperature`, `TopK`, `TopP`, `RepetitionPenalty`.
    emit : callable
        Is given the text piece by piece as it is written, without the prompt.

    Returns
    -------
    str
        What was written, without the prompt.
    """
    context = model.config.max_length
    tokens = [marks.begin, *marks.tokenizer.encode(prompt)]
    written: list[int] = []
    stream = _Stream(marks.tokenizer, tokens, emit)
    never = ForbiddenSymbols(marks.never)
    while len(written) < symbols:
        if len(tokens) >= context:
            tokens = tokens[-(context // 2) :]
        memory, state = model.start_search(np.array([tokens[:-1]], dtype=np.int64))
        ((found,),) = sample(
            model.step,
            memory,
            state,
            generator=generator,
            count=1,
            begin=tokens[-1],
            end=marks.end,
            max_length=min(symbols - len(written), context - len(tokens)),
            filters=[stream, never, *filters],
        )
        tokens, written = tokens + found.tokens, written + found.tokens
        stream.end_of_part(found.tokens)
        if found.finished:
            break
    return stream.text


class _Stream:
    """A filter that changes nothing, but sees every symbol as soon as it is chosen and shows it.

    A piece of text is what a symbol adds to all before it: with subwords, a space belongs to the symbol behind it, and
    a letter may be made of the bytes of several symbols.
    """

    def __init__(self, tokenizer: Any, prompt: list[int], emit: Callable[[str], Any]) -> None:
        self._tokenizer, self._emit = tokenizer, emit
        self._tokens = prompt
        self._shown = tokenizer.decode(prompt)
        self._prompt_length = len(self._shown)

    @property
    def text(self) -> str:
        return self._shown[self._prompt_length :]

    def __call__(self, scores: np.ndarray, written: Written) -> np.ndarray:
        self._show(written.tokens[0, 0].tolist())
        return scores

    def end_of_part(self, tokens: list[int]) -> None:
        self._show(tokens)
        self._tokens = self._tokens + tokens

    def _show(self, tokens: list[int]) -> None:
        whole = self._tokenizer.decode(self._tokens + tokens).rstrip(_UNFINISHED)
        if len(whole) > len(self._shown):
            self._emit(whole[len(self._shown) :])
            self._shown = whole
