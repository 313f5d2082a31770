"""What the user should know of inputs to a run of the task `seq2seq`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.tasks.seq2seq import Predictor

__all__ = ["warnings_of"]


def warnings_of(predictor: Predictor, texts: Sequence[str], first: int = 1) -> Iterator[tuple[int, str]]:
    """Say which inputs have symbols that the model never saw, but can do without.

    Parameters
    ----------
    predictor : Predictor
        The model.
    texts : sequence of str
        The inputs.
    first : int
        From where they are counted.

    Yields
    ------
    tuple of int and str
        The number of an input, and a sentence.
    """
    if not predictor.source_tokenizer.is_open:
        return  # an unknown symbol is an error
    for number, _, unknown in predictor.unknown(texts, first):
        symbols = " or ".join(predictor.source_tokenizer.join([symbol]) for symbol in unknown)
        yield number, f"the model never saw {symbols}, and reads <unk>"
